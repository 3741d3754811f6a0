"use strict";
// Comfort only: every word of the report is there without it.

for (const pre of document.querySelectorAll("pre[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(pre.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(pre);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  pre.before(button);
}

const filter = document.getElementById("filter");
const rows = Array.from(document.querySelectorAll("tr[data-outcome]"));
const outcomes = Array.from(new Set(rows.map((row) => row.dataset.outcome)));
const search = Object.assign(document.createElement("input"), { type: "search", placeholder: "Filter: id or words" });
const choice = document.createElement("select");
const found = document.createElement("output");
search.setAttribute("aria-label", "Filter requirements");
choice.setAttribute("aria-label", "Outcome");
for (const name of ["every outcome", ...outcomes]) {
  choice.append(new Option(name, name === "every outcome" ? "" : name));
}

function narrow() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = (choice.value && row.dataset.outcome !== choice.value) || !words.every((word) => text.includes(word));
    shown += row.hidden ? 0 : 1;
  }
  for (const family of document.querySelectorAll(".family")) {
    family.hidden = !family.querySelector("tr[data-outcome]:not([hidden])");
  }
  found.textContent = `${shown} of ${rows.length}`;
}

if (rows.length) {
  search.addEventListener("input", narrow);
  choice.addEventListener("change", narrow);
  filter.append(search, choice, found);
  filter.hidden = false;
  narrow();
}
