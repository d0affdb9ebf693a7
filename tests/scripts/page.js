/* As much of a page as the scripts of the site ask for, so that they run in Node. No layout, no network, no clock of its own. */
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const ASSETS = path.join(__dirname, "..", "..", "site", "assets");

class Element {
  constructor(tag) {
    Object.assign(this, { tagName: tag.toUpperCase(), children: [], parentNode: null, dataset: {}, attributes: {}, style: { setProperty() {} } });
    Object.assign(this, { listeners: {}, text: "", className: "", hidden: false, open: false, value: "" });
    const classes = new Set();
    this.classList = { add: (name) => classes.add(name), remove: (name) => classes.delete(name), contains: (name) => classes.has(name) };
  }
  get textContent() { return this.text + this.children.map((child) => child.textContent).join(""); }
  set textContent(text) { this.children = []; this.text = String(text); }
  append(...more) {
    for (let child of more) {
      if (typeof child === "string") { child = Object.assign(new Element("span"), { text: child, tagName: "" }); }
      child.remove(); child.parentNode = this; this.children.push(child);
    }
  }
  prepend(...more) { const before = this.children; this.children = []; this.append(...more, ...before); }
  appendChild(child) { this.append(child); return child; }
  remove() {
    if (this.parentNode) { this.parentNode.children = this.parentNode.children.filter((child) => child !== this); this.parentNode = null; }
  }
  setAttribute(name, value) { this.attributes[name] = String(value); }
  getAttribute(name) { return name in this.attributes ? this.attributes[name] : null; }
  removeAttribute(name) { delete this.attributes[name]; }
  addEventListener(name, act) { (this.listeners[name] = this.listeners[name] || []).push(act); }
  fire(name, more) {
    const event = Object.assign({ type: name, prevented: false, preventDefault() { this.prevented = true; } }, more);
    (this.listeners[name] || []).forEach((act) => act(event));
    return event;
  }
  click() { return this.fire("click"); }
  focus() { this.focused = true; }
  all() { return this.children.flatMap((child) => [child, ...child.all()]); }
  /* [data-x], [name="x"], .class, a tag, or one of these within another, which is all that the scripts look for */
  fits(selector) {
    const [inner, outer] = selector.split(" ").reverse();
    if (outer) { return this.fits(inner) && this.within(outer); }
    const [, data] = /^\[data-([a-z-]+)\]$/.exec(selector) || [], [, name] = /^\[name="(.*)"\]$/.exec(selector) || [];
    if (data) { return data.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase()) in this.dataset; }
    if (name !== undefined) { return this.name === name; }
    if (selector[0] === ".") { return this.className.split(" ").includes(selector.slice(1)); }
    return this.tagName === selector.replace("table[data-sortable]", "none").toUpperCase();
  }
  within(selector) { return this.parentNode !== null && (this.parentNode.fits(selector) || this.parentNode.within(selector)); }
  querySelectorAll(selector) { return this.all().filter((element) => selector.split(", ").some((one) => element.fits(one))); }
  querySelector(selector) { return this.querySelectorAll(selector)[0] || null; }
  get tHead() { return this.querySelector("thead"); }
  get tBodies() { return this.querySelectorAll("tbody"); }
  get rows() { return this.querySelectorAll("tr"); }
  get cells() { return this.children; }
  get firstChild() { return this.children[0] || null; }
}

function made(tag, facts, children) {
  const element = Object.assign(new Element(tag), facts);
  element.append(...(children || []));
  return element;
}

/* A page with these elements; `run(name)` runs a script of the site in it. */
function page(elements, facts) {
  const html = new Element("html"), body = new Element("body"), head = new Element("head"), window = new Element("window");
  body.append(...elements);
  html.append(head, body);
  const document = Object.assign(new Element("document"), { documentElement: html, body, head, title: "Título", createElement: (tag) => new Element(tag) });
  document.append(html);
  document.getElementById = (id) => html.all().find((element) => element.id === id) || null;
  const kept = {}, asked = [];
  Object.assign(window, {
    document, URL, URLSearchParams, Promise, JSON, console, navigator: {},
    setTimeout: (act, after) => { window.waiting = act; window.wait = after; return 1; }, clearTimeout: () => { window.waiting = null; },
    location: { href: "https://ejemplo.org/explorador.html", protocol: "https:", hash: "", replace: (to) => { window.left = to; } },
    history: { replaceState: (state, title, to) => { window.location.hash = to; } },
    localStorage: { setItem: (key, value) => { kept[key] = value; } },
    matchMedia: () => ({ matches: false }),
    fetch: (address) => { asked.push(address); return window.answer(address); }
  }, facts);
  window.window = window;
  vm.createContext(window);
  return { window, document, body, html, kept, asked, run: (name) => vm.runInContext(fs.readFileSync(path.join(ASSETS, name), "utf8"), window, name) };
}

/* Lets everything happen that was promised. */
const settled = async () => { for (let turn = 0; turn < 5; turn += 1) { await new Promise((done) => { setImmediate(done); }); } };

module.exports = { Element, made, page, settled };
