import { render } from "preact";
import type { Report } from "./model";
import { App } from "./report";
import { learnUnits } from "./text";
import "./report.css";

const island = document.getElementById("data");
const place = document.getElementById("report");

if (island && place) {
  const report = JSON.parse(island.textContent ?? "") as Report;
  learnUnits(report.about_measures);
  document.title = `${report.gate.feature}: Plimsoll report`;
  place.replaceChildren();
  render(<App report={report} />, place);
}
