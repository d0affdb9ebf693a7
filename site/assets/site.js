/* The few behaviours of every page. Without this file the exit is a link, menus open, tables read, charts show.
   Charts that answer to the pointer, search and the explorer are files of their own, fetched when they are asked for. */
(function () {
  "use strict";
  var body = document.body, html = document.documentElement;
  var words = JSON.parse(body.dataset.words), root = body.dataset.root;
  window.celosia = { words: words, root: root, language: body.dataset.language, load: load, number: number };

  /* A number as the language of the page writes it. */
  function number(text) { return Number(text.split(words.thousands).join("").replace(words.decimal, ".")); }

  function load(name) {
    return new Promise(function (done, failed) {
      var script = document.createElement("script");
      script.src = root + "/assets/" + name;
      script.onload = done;
      script.onerror = failed;
      document.head.appendChild(script);
    });
  }

  /* Exit: a click, or Shift three times within five seconds; Shift held with another key does not count. */
  var exit = document.getElementById("salir"), link = exit.querySelector("[data-exit]");
  var status = exit.querySelector("[data-exit-status]");
  var presses = 0, alone = false, timer = 0, cover = null;

  function count(number) {
    presses = number;
    if (number) { exit.dataset.count = number; } else { delete exit.dataset.count; }
  }
  function leave() {
    window.clearTimeout(timer);
    html.classList.add("is-leaving");
    cover = document.createElement("div");
    cover.className = "leaving";
    cover.setAttribute("role", "presentation");
    body.appendChild(cover);
    document.title = words.loading;
    status.textContent = words.exit_now;
    window.location.replace(link.href);
  }
  link.addEventListener("click", function (event) { event.preventDefault(); leave(); });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Shift") { if (!event.repeat) { alone = !event.ctrlKey && !event.altKey && !event.metaKey; } }
    else { alone = false; }
  });
  document.addEventListener("keyup", function (event) {
    if (event.key !== "Shift" || !alone) { return; }
    alone = false;
    window.clearTimeout(timer);
    count(presses + 1);
    if (presses === 3) { leave(); return; }
    status.textContent = presses === 1 ? words.exit_one : words.exit_two;
    timer = window.setTimeout(function () { count(0); status.textContent = words.exit_expired; }, 5000);
  });
  var title = document.title;
  window.addEventListener("pageshow", function () {
    count(0);
    status.textContent = "";
    document.title = title;
    html.classList.remove("is-leaving");
    if (cover) { cover.remove(); cover = null; }
  });

  /* Light and dark: the only thing that is ever kept on the reader's device, and only if the button is used. */
  var theme = document.querySelector("[data-theme-button]");
  if (theme) {
    var dark = function () {
      return html.dataset.theme ? html.dataset.theme === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
    };
    var name = function () { theme.querySelector("span").textContent = dark() ? words.light : words.dark; };
    theme.hidden = false;
    name();
    theme.addEventListener("click", function () {
      html.dataset.theme = dark() ? "light" : "dark";
      try { localStorage.setItem("theme", html.dataset.theme); } catch (error) { /* private window: it lasts for this page */ }
      name();
    });
  }

  var drawer = document.querySelector(".drawer");
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && drawer.open) { drawer.open = false; drawer.querySelector("summary").focus(); }
  });

  /* The period of a long table stays in sight below its head, however many lines that takes. */
  document.querySelectorAll(".scroll--tall > table").forEach(function (table) {
    function measure() { table.style.setProperty("--head", table.tHead.offsetHeight - 1 + "px"); }
    measure();
    window.addEventListener("resize", measure);
  });

  /* Tables: sorted within each block of a period, so that periods are never mixed. */
  document.querySelectorAll("table[data-sortable]").forEach(sortable);
  window.celosia.sortable = sortable;
  function sortable(table) {
    var heads = table.tHead.rows[0].cells;
    Array.prototype.forEach.call(heads, function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.textContent = head.textContent;
      head.textContent = "";
      head.appendChild(button);
      button.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") !== "descending";
        Array.prototype.forEach.call(heads, function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        Array.prototype.forEach.call(table.tBodies, function (group) { sort(group, column, down); });
      });
    });
  }
  function key(row, column) {
    var text = row.cells[column].textContent.trim(), value = number(text);
    return text === "" || isNaN(value) ? text : value;
  }
  function sort(group, column, down) {
    var rows = Array.prototype.filter.call(group.rows, function (row) { return row.className !== "group"; });
    rows.sort(function (a, b) {
      var x = key(a, column), y = key(b, column);
      if (typeof x !== typeof y) { return typeof x === "number" ? -1 : 1; }
      var order = typeof x === "number" ? x - y : x.localeCompare(y, celosia.language);
      return down ? -order : order;
    });
    rows.forEach(function (row) { group.appendChild(row); });
  }

  /* Long tables: a field that leaves the rows that have all its words, in any order, with or without accents; the period of
     a block counts as a word of each of its rows. Without this file the table is simply whole. */
  var SHORT = 12;
  function plain(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase(); }
  document.querySelectorAll(".scroll--tall > table").forEach(function (table, number) {
    var groups = Array.prototype.map.call(table.tBodies, function (body) {
      var rows = Array.prototype.filter.call(body.rows, function (row) { return row.className !== "group"; });
      var head = body.rows[0].className === "group" ? plain(body.rows[0].textContent) : "";
      return { body: body, rows: rows.map(function (row) { return { row: row, text: head + " " + plain(row.textContent) }; }) };
    });
    var all = groups.reduce(function (sum, group) { return sum + group.rows.length; }, 0);
    if (all < SHORT) { return; }
    var box = document.createElement("p"), label = document.createElement("label"), field = document.createElement("input"), told = document.createElement("span");
    box.className = "filter";
    label.textContent = words.filter;
    label.htmlFor = field.id = "filter-" + number;
    field.type = "search";
    field.autocomplete = "off";
    told.setAttribute("role", "status");
    box.append(label, field, told);
    table.parentNode.parentNode.insertBefore(box, table.parentNode);
    field.addEventListener("input", function () {
      var asked = plain(field.value).split(/\s+/).filter(Boolean), left = 0;
      groups.forEach(function (group) {
        var here = 0;
        group.rows.forEach(function (each) {
          var fits = asked.every(function (word) { return each.text.indexOf(word) >= 0; });
          each.row.hidden = !fits;
          if (fits) { here += 1; }
        });
        group.body.hidden = !here;
        left += here;
      });
      told.textContent = asked.length ? words.filtered.replace("#", left).replace("%", all) : "";
    });
  });

  /* Charts on demand; where a mouse is and the network is not to be spared, a pointer that stays on a picture asks too, once
     the page is done. Whoever goes back to the picture keeps it. */
  var network = navigator.connection || {};
  var mouse = window.matchMedia("(hover: hover) and (pointer: fine)").matches && !network.saveData &&
    !/2g|3g/.test(network.effectiveType || "") && !window.matchMedia("(prefers-reduced-data: reduce)").matches;
  function hovered(button) {
    var picture = button.closest("figure").querySelector(".chart__draw"), waits = 0, asked = false;
    button.addEventListener("click", function () { asked = true; });
    picture.addEventListener("pointermove", function () { /* a page that scrolls below a pointer moves nothing */
      if (asked || waits || document.readyState !== "complete") { return; }
      waits = window.setTimeout(function () { if (!asked) { button.click(); } }, 300);
    });
    picture.addEventListener("pointerleave", function () { window.clearTimeout(waits); waits = 0; });
  }
  function live(button, way, wanted) {
    var ready = window.celosia.draw ? Promise.resolve() : load("charts.js");
    return ready.then(function () { return window.celosia[way](button, wanted); }).catch(function () { button.textContent = words.failed; });
  }
  document.querySelectorAll("[data-interactive], [data-compare]").forEach(function (button) {
    var way = "compare" in button.dataset ? "compare" : "draw";
    button.hidden = false;
    button.addEventListener("click", function () { live(button, way); });
    if (mouse && way === "draw") { hovered(button); }
  });
  /* A comparison that was sent by its address, which the same page in another language gets too. */
  function compared() {
    var asked = /^#comparar=([\d.~]+)$/.exec(window.location.hash), button = document.querySelector("[data-compare]");
    if (!asked || !button) { return; }
    document.querySelectorAll("header a[hreflang]").forEach(function (link) { link.hash = asked[0]; });
    var figure = button.closest("figure"), shown = figure.querySelector(".chart__live");
    if (shown) { shown.by.click(); }
    live(button, "compare", asked[1]).then(function () { figure.scrollIntoView(); });
  }
  window.addEventListener("hashchange", compared);
  compared();
  /* Copies the words of the element that a button names. */
  document.querySelectorAll("[data-copy]").forEach(function (button) {
    var kept = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.addEventListener("click", function () {
      var copied = navigator.clipboard ? navigator.clipboard.writeText(kept.textContent.trim()) : Promise.reject();
      copied.then(function () { button.textContent = words.copied; }, function () {
        window.getSelection().selectAllChildren(kept); /* without the right to copy the words are marked at least */
      });
    });
  });
  /* What is folded opens on paper, and where an address leads into it; older browsers do neither by themselves. */
  function open(parts) { Array.prototype.forEach.call(parts, function (part) { part.open = true; }); }
  window.addEventListener("beforeprint", function () { open(document.querySelectorAll("main details.sheet, main details.figures")); });
  function lead() {
    var name = window.location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch (error) { /* a broken address leads nowhere */ }
    var aim = name && document.getElementById(name);
    var around = aim && aim.closest("details:not([open])");
    if (around) { around.open = true; aim.scrollIntoView(); }
  }
  window.addEventListener("hashchange", lead);
  lead();
  if (document.querySelector("[data-search]")) { load("search.js"); }
  if (document.querySelector("[data-explorer]")) { load("explorer.js"); }
})();
