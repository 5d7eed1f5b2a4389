import { render } from "preact";
import { CardPage } from "./card";
import type { CardIsland } from "./card-model";
import type { Report } from "./model";
import { App } from "./report";
import { learnUnits } from "./text";
import "./report.css";

const island = document.getElementById("data");
const place = document.getElementById("report");

if (island && place) {
  const data = JSON.parse(island.textContent ?? "") as Report | CardIsland;
  place.replaceChildren();
  if ("card" in data) {
    learnUnits(data.figures);
    document.title = `${data.card.feature}: model card`;
    render(<CardPage card={data.card} />, place);
  } else {
    learnUnits(data.about_measures);
    document.title = `${data.gate.feature}: Plimsoll report`;
    render(<App report={data} />, place);
  }
}
