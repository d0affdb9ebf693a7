/* The few behaviours of every page: the exit before all. */
"use strict";
const assert = require("node:assert");
const test = require("node:test");
const { made, page } = require("./page.js");

const WORDS = { loading: "Cargando", exit_now: "Saliendo", exit_one: "Dos más", exit_two: "Una más", exit_expired: "Otra vez", light: "Claro", dark: "Oscuro", decimal: ".", thousands: "," };

function opened(more, words) {
  const link = made("a", { href: "https://www.ejemplo.org/clima", dataset: { exit: "" } }), status = made("p", { dataset: { exitStatus: "" } });
  const drawn = page([made("div", { id: "salir" }, [link, status]), made("details", { className: "drawer" }, [made("summary")]), ...(more || [])]);
  Object.assign(drawn.body.dataset, { words: JSON.stringify(words || WORDS), root: ".", language: "es" });
  drawn.run("site.js");
  return Object.assign(drawn, { link, status });
}
function press(drawn, key, more) {
  drawn.document.fire("keydown", Object.assign({ key, repeat: false }, more));
  drawn.document.fire("keyup", Object.assign({ key }, more));
}

test("a click leaves at once and does not stay in the history", () => {
  const drawn = opened();
  assert.ok(drawn.link.click().prevented);
  assert.strictEqual(drawn.window.left, "https://www.ejemplo.org/clima");
  assert.ok(drawn.html.classList.contains("is-leaving"));
  assert.strictEqual(drawn.document.title, "Cargando");
});
test("Shift three times leaves, and each press is told", () => {
  const drawn = opened();
  press(drawn, "Shift");
  assert.strictEqual(drawn.status.textContent, "Dos más");
  press(drawn, "Shift");
  assert.strictEqual(drawn.status.textContent, "Una más");
  assert.strictEqual(drawn.window.left, undefined);
  press(drawn, "Shift");
  assert.strictEqual(drawn.window.left, "https://www.ejemplo.org/clima");
});
test("after five seconds it begins anew", () => {
  const drawn = opened();
  press(drawn, "Shift");
  press(drawn, "Shift");
  assert.strictEqual(drawn.window.wait, 5000);
  drawn.window.waiting();
  assert.strictEqual(drawn.status.textContent, "Otra vez");
  press(drawn, "Shift");
  assert.strictEqual(drawn.window.left, undefined);
});
test("a capital letter, a shortcut and a key that is held down do not count", () => {
  const drawn = opened();
  for (let n = 0; n < 4; n++) {
    drawn.document.fire("keydown", { key: "Shift" });
    press(drawn, "A");
    drawn.document.fire("keyup", { key: "Shift" });
    press(drawn, "Shift", { ctrlKey: true });
  }
  drawn.document.fire("keydown", { key: "Shift" });
  for (let n = 0; n < 9; n++) { drawn.document.fire("keydown", { key: "Shift", repeat: true }); }
  drawn.document.fire("keyup", { key: "Shift" });
  assert.strictEqual(drawn.window.left, undefined);
  assert.strictEqual(drawn.status.textContent, "Dos más");
});
test("who comes back finds the page as it was", () => {
  const drawn = opened();
  drawn.link.click();
  drawn.window.fire("pageshow");
  assert.strictEqual(drawn.document.title, "Título");
  assert.ok(!drawn.html.classList.contains("is-leaving"));
  assert.strictEqual(drawn.body.querySelector(".leaving"), null);
});
test("nothing is kept on the device unless the button of light and dark is used", () => {
  const button = made("button", { dataset: { themeButton: "" } }, [made("span")]), drawn = opened([button]);
  drawn.link.click();
  assert.deepStrictEqual(drawn.kept, {});
  button.click();
  assert.deepStrictEqual(drawn.kept, { theme: "dark" });
  assert.strictEqual(button.textContent, "Claro");
});
test("a table is sorted within each period, figures as numbers and what is withheld apart", () => {
  const row = (...texts) => made("tr", {}, texts.map((text) => { const cell = made("td"); cell.textContent = text; return cell; }));
  const body = (...rows) => made("tbody", {}, rows);
  const table = made("table", {}, [made("thead", {}, [row("Área", "Servicios")]), body(row("a", "9"), row("b", "1,200"), row("c", "[c]")), body(row("d", "5000"))]);
  const drawn = opened([table]);
  drawn.window.celosia.sortable(table);
  const shown = () => table.tBodies.map((each) => each.rows.map((one) => one.children[0].textContent).join(""));
  table.tHead.querySelectorAll("button")[1].click();
  assert.deepStrictEqual(shown(), ["bac", "d"]);
  table.tHead.querySelectorAll("button")[1].click();
  assert.deepStrictEqual(shown(), ["abc", "d"]);
});
test("a number is read as the language of the page writes it", () => {
  const number = (text, signs) => { const drawn = opened([], Object.assign({}, WORDS, signs)); return drawn.window.celosia.number(text); };
  assert.strictEqual(number("1,234.5", {}), 1234.5);
  assert.strictEqual(number("1.234,5", { decimal: ",", thousands: "." }), 1234.5);
  assert.ok(Number.isNaN(number("[c]", {})));
});
