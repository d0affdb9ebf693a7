/* What the explorer shows and saves of a published table. */
"use strict";
const assert = require("node:assert");
const test = require("node:test");
const { made, page, settled } = require("./page.js");

const CSV = "periodo,area,servicios,usuarias,obs_status\n2024,_T,40,20,A\n2024,legal,30,15,A\n2024,social,10,,Q\n2025,_T,1200,21,A\n2025,legal,,,Q\n2025,social,,,M\n2025-T1,legal,7,7,A\n";
const INDEX = [{
  id: "visitas", title: "Visitas", page: "tablas/visitas", measures: { servicios: "Servicios", usuarias: "Usuarias" },
  axes: {
    periodo: { title: "Periodo", codes: { 2024: "2024", 2025: "2025", "2025-T1": "T1 2025" } },
    area: { title: "Área", codes: { _T: "Total", legal: "Jurídica, legal", social: "Trabajo social" } }
  }
}];

async function opened(hash, answer, thousands) {
  const here = made("div", { dataset: { explorer: "", rootData: "datos/2025-T4/tables/", edition: "2025-T4" } });
  const told = made("script", { id: "explorer-index" });
  told.textContent = JSON.stringify(INDEX);
  const celosia = { words: new Proxy({ view: "# renglones", view_one: "un renglón", failed: "no se pudo", legend: "reservada", loading: "…", download: "Guardar", label: "etiqueta", thousands: thousands || "," }, { get: (known, key) => known[key] || "#" }), sortable() {} };
  const drawn = page([here, told], { celosia, answer: answer || (async () => ({ ok: true, text: async () => CSV })), Blob: class { constructor(parts) { drawn.saved = parts.join(""); } } });
  drawn.window.URL = Object.assign(function (...given) { return new URL(...given); }, { createObjectURL: () => "blob:1", revokeObjectURL() {} });
  drawn.window.location.hash = hash || "";
  drawn.run("explorer.js");
  await settled();
  await settled();
  return Object.assign(drawn, { here });
}
const grid = ({ here }) => here.querySelector("table").rows.map((row) => row.children.map((cell) => cell.textContent));

test("each figure stands where its codes are, and one that is withheld is no zero", async () => {
  assert.deepStrictEqual(grid(await opened("#t=visitas&m=servicios&r=area&c=periodo")), [
    ["Área", "2024", "2025"],
    ["Total", "40", "1,200"],
    ["Jurídica, legal", "30", "[c]"],
    ["Trabajo social", "10", "–"]
  ]);
});
test("a figure is written with the sign of its language between thousands", async () => {
  assert.strictEqual(grid(await opened("#t=visitas&m=servicios&r=area&c=periodo", null, "."))[1][2], "1.200");
});
test("levels of time are never mixed", async () => {
  const quarters = grid(await opened("#t=visitas&m=servicios&r=periodo&c=area&l=quarters"));
  assert.deepStrictEqual(quarters.map((row) => row[0]), ["Periodo", "T1 2025"]);
});
test("what is saved is what is shown, by code and label, with the mark of what is withheld", async () => {
  const drawn = await opened("#t=visitas&m=servicios&r=area&c=periodo");
  drawn.here.querySelector("[data-download]").click();
  assert.strictEqual(drawn.saved, "area,area_etiqueta,2024,2025\n_T,Total,40,1200\nlegal,\"Jurídica, legal\",30,[c]\nsocial,Trabajo social,10,\n");
  const link = drawn.body.all().find((element) => element.download);
  assert.strictEqual(link, undefined); // the link that saved it does not stay
});
test("a broken address shows the table all the same", async () => {
  for (const hash of ["#t=nada&m=nada&r=nada", "#l=horas", "#%"]) { assert.ok(grid(await opened(hash)).length > 1, hash); }
});
test("it asks for the published file of this site and says when it cannot have it", async () => {
  const drawn = await opened("", async () => ({ ok: false, status: 404 }));
  assert.deepStrictEqual(drawn.asked, ["https://ejemplo.org/datos/2025-T4/tables/visitas.csv"]);
  assert.strictEqual(drawn.here.querySelector(".explorer__count").textContent, "no se pudo");
});
