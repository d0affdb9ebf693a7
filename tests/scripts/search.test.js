/* What the search finds, from an index of five pages. */
"use strict";
const assert = require("node:assert");
const test = require("node:test");
const { made, page, settled } = require("./page.js");

const TITLE = 0, HEADING = 1, TEXT = 2;
const PAGES = {
  ayuda: { emergencia: TEXT, ayuda: TITLE, telefono: HEADING },
  juridica: { atencion: TITLE, juridica: TITLE, servicio: TEXT, denuncia: TEXT },
  psicologica: { atencion: TITLE, psicologica: TITLE, servicio: TEXT },
  datos: { tablas: TITLE, servicio: TEXT, atencion: TEXT },
  zonas: { zona: TITLE, tablas: TEXT }
};
const SAME = [["me pega,golpes", "emergencia", 1], ["abogada", "juridica", 0]];

/* The index as pipeline/public/site/search.py writes it. */
function index() {
  const names = Object.keys(PAGES), words = [...new Set(names.flatMap((name) => Object.keys(PAGES[name])))].sort();
  const at = words.map((word) => {
    let before = 0;
    return names.flatMap((name, number) => {
      if (!(word in PAGES[name])) { return []; }
      const code = (number - before) * 3 + PAGES[name][word];
      before = number;
      return [code.toString(36)];
    }).join(",");
  });
  return { pages: names.map((name) => [name + ".html", name, "", 1]), words: words.join(" "), at: at.join(";"), same: SAME, drop: "de la mi", help: 0 };
}

async function asked(text, broken) {
  const parts = { input: made("input"), list: made("ol", { dataset: { searchResults: "" } }), status: made("p", { dataset: { searchStatus: "" } }), more: made("button", { dataset: { searchMore: "" } }) };
  const here = made("div", { dataset: { search: "" } }, Object.values(parts));
  const words = { search_hint: "escriba", search_none: "nada", search_one: "una", search_many: "# páginas", search_failed: "sin red" };
  const celosia = { words, root: "", language: "es", load: async () => { if (broken) { throw new Error("no network"); } celosia.found(index()); } };
  const { window, run } = page([here], { celosia });
  run("search.js");
  parts.input.value = text;
  parts.input.fire("input");
  window.waiting();
  await settled();
  return { found: parts.list.children.map((item) => item.children[0].textContent), status: parts.status.textContent, window };
}
const found = async (text) => (await asked(text)).found;

test("accents and capitals do not matter", async () => {
  assert.deepStrictEqual(await found("JURÍDICA"), ["juridica"]);
  assert.deepStrictEqual(await found("jurídica"), await found("juridica"));
});
test("a plural finds its singular and a singular its plural", async () => {
  assert.deepStrictEqual(await found("servicios"), await found("servicio"));
  assert.deepStrictEqual((await found("tabla"))[0], "datos");
});
test("a page counts for where its words stand", async () => {
  const pages = await found("atencion");
  assert.deepStrictEqual(new Set(pages.slice(0, 2)), new Set(["juridica", "psicologica"]));
  assert.strictEqual(pages[2], "datos");
});
test("while a word is typed its beginning suffices", async () => assert.deepStrictEqual(await found("psico"), ["psicologica"]));
test("one letter may be missing, too many, another, or out of its place", async () => {
  for (const slip of ["denunca", "denunccia", "denumcia", "deunncia"]) { assert.deepStrictEqual(await found(slip), ["juridica"], slip); }
});
test("two letters may not", async () => assert.deepStrictEqual(await found("demumcia"), []));
test("what somebody tells in her own words leads to help first, with a slip too", async () => {
  for (const told of ["me pega", "me pega mi marido", "golpes", "golpez", "golpes denuncia"]) { assert.strictEqual((await found(told))[0], "ayuda", told); }
});
test("a synonym finds what it means", async () => assert.strictEqual((await found("abogada"))[0], "juridica"));
test("words that say nothing are left out unless they are all there is", async () => {
  assert.deepStrictEqual(await found("la atencion de mi zona"), await found("atencion zona"));
});
test("who finds nothing is told so, and who has no network too", async () => {
  assert.strictEqual((await asked("xyzxyz")).status, "nada");
  assert.strictEqual((await asked("ayuda", true)).status, "sin red");
  assert.strictEqual((await asked("")).status, "escriba");
});
test("what is typed stays out of the address", async () => {
  const { window } = await asked("me pega");
  assert.strictEqual(window.location.hash, "");
});
