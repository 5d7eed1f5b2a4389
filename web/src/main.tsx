import { render } from "preact";
import { CardPage } from "./card";
import type { Card, Report } from "./model";
import { App } from "./report";
import "./report.css";

const island = document.getElementById("data");
const place = document.getElementById("report");

if (island && place) {
  const data = JSON.parse(island.textContent ?? "") as Report | { card: Card };
  place.replaceChildren();
  if ("card" in data) {
    document.title = `${data.card.feature}: model card`;
    render(<CardPage card={data.card} />, place);
  } else {
    document.title = `${data.gate.feature}: Plimsoll report`;
    render(<App report={data} />, place);
  }
}
