/* Explorer: a published table, filtered and pivoted. It reads the published CSV and nothing else (from disk, the same
   bytes wrapped in a script, since a browser fetches nothing there). What is shown stands in the address after #. */
(function () {
  "use strict";
  var words = celosia.words, here = document.querySelector("[data-explorer]");
  var index = JSON.parse(document.getElementById("explorer-index").textContent);
  var source = new URL(here.dataset.rootData, window.location.href).href, PERIOD = "periodo", TOTAL = "_T";
  var kept = {}, wrapped = {}, state = {}, view = null, missing = [], older = "";
  celosia.csv = function (id, text) { wrapped[id] = text; };

  function element(name, attributes, children) {
    var made = document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) { made[key] = attributes[key]; });
    (children || []).forEach(function (child) { made.append(child); });
    return made;
  }
  function about(id) { return index.find(function (one) { return one.id === id; }) || index[0]; }
  function level(code) { return /^\d{4}-T\d$/.test(code) ? "quarters" : /^\d{4}-\d\d$/.test(code) ? "months" : "years"; }

  /* The published files hold no quotes and no line breaks in a field: codes and whole numbers only. */
  function parse(text) {
    var lines = text.trim().split("\n"), head = lines[0].split(",");
    return lines.slice(1).map(function (line) {
      var row = {};
      line.split(",").forEach(function (value, n) { row[head[n]] = value; });
      return row;
    });
  }
  function read(id) {
    if (!kept[id]) {
      kept[id] = (window.location.protocol === "file:"
        ? celosia.load("data/" + id + ".js").then(function () { return wrapped[id]; })
        : fetch(source + id + ".csv").then(function (answer) { if (!answer.ok) { throw new Error(answer.status); } return answer.text(); })
      ).then(parse);
      kept[id].catch(function () { delete kept[id]; });
    }
    return kept[id];
  }

  function restore() {
    state = {};
    new URLSearchParams(window.location.hash.slice(1)).forEach(function (value, key) { state[key] = value; });
    /* With which edition's figures an address was made: those of another one may differ, which is told. */
    older = /^[\w.-]{1,20}$/.test(state.e || "") && state.e !== here.dataset.edition ? state.e : "";
    delete state.e;
    missing = unknown();
    complete();
  }
  /* What an address may ask for and is not there is told, and something that is there is shown in its place. */
  function unknown() {
    var table = index.find(function (one) { return one.id === state.t; });
    if (!table) { return state.t ? [state.t] : []; }
    return Object.keys(state).filter(function (key) {
      var axis = /^[fk]\./.test(key) ? table.axes[key.slice(2)] : null, value = state[key];
      if (key === "m") { return !table.measures[value]; }
      if (key === "r" || key === "c") { return value !== "" && !table.axes[value]; }
      if (axis) { return value.split(",").some(function (code) { return !axis.codes[code]; }); }
      return key !== "t" && !(key === "l" && /^(years|quarters|months)$/.test(value));
    }).map(function (key) { return state[key] || key; });
  }
  function complete() {
    var table = about(state.t), axes = Object.keys(table.axes), measures = Object.keys(table.measures);
    state.t = table.id;
    if (measures.indexOf(state.m) < 0) { state.m = measures[0]; }
    if (axes.indexOf(state.r) < 0) { state.r = axes[1] || PERIOD; }
    if (axes.indexOf(state.c) < 0 || state.c === state.r) { state.c = state.c === "" || state.r === PERIOD ? "" : PERIOD; }
    axes.forEach(function (axis) {
      var key = "f." + axis, codes = Object.keys(table.axes[axis].codes), free = axis !== state.r && axis !== state.c;
      if (!free) { delete state[key]; return; }
      if (codes.indexOf(state[key]) < 0) { state[key] = axis === PERIOD ? codes.filter(function (c) { return level(c) === "years"; }).pop() || codes[codes.length - 1] : TOTAL; }
    });
    Object.keys(state).forEach(function (key) {
      var axis = key.slice(2);
      if (key.indexOf("f.") === 0 && axes.indexOf(axis) < 0) { delete state[key]; }
      if (key.indexOf("k.") === 0) {
        var known = axis === state.r || axis === state.c ? state[key].split(",").filter(function (code) { return table.axes[axis].codes[code]; }) : [];
        if (known.length) { state[key] = known.join(","); } else { delete state[key]; }
      }
    });
    var levels = ["years", "quarters", "months"].filter(function (name) { return Object.keys(table.axes[PERIOD].codes).some(function (c) { return level(c) === name; }); });
    if (state.r === PERIOD || state.c === PERIOD) { if (levels.indexOf(state.l) < 0) { state.l = levels[0]; } } else { delete state.l; }
    state.levels = levels;
  }
  function address() {
    var parts = new URLSearchParams();
    Object.keys(state).sort().forEach(function (key) { if (key !== "levels") { parts.set(key, state[key]); } });
    parts.set("e", here.dataset.edition);
    return "#" + parts.toString();
  }
  function change(key, value) {
    if (key === "t") { state = { t: value }; } else { state[key] = value; }
    complete();
    missing = [];
    older = "";
    window.history.replaceState(null, "", address());
    form();
    draw();
    var again = here.querySelector('[name="' + key + '"]');
    if (again) { again.focus(); }
  }

  function choice(key, label, options) {
    var select = element("select", { name: key, id: "x-" + key });
    options.forEach(function (option) { select.append(element("option", { value: option[0], textContent: option[1], selected: option[0] === (state[key] || "") })); });
    select.addEventListener("change", function () { change(key, select.value); });
    return element("div", {}, [element("label", { htmlFor: "x-" + key, textContent: label }), select]);
  }
  var box = element("div", { className: "explorer__form" }), result = element("div"), status = element("p", { className: "explorer__count" });
  status.setAttribute("role", "status");

  function form() {
    var table = about(state.t), axes = Object.keys(table.axes);
    var named = axes.map(function (axis) { return [axis, table.axes[axis].title]; });
    box.textContent = "";
    box.append(
      choice("t", words.table, index.map(function (one) { return [one.id, one.title]; })),
      choice("m", words.measure, Object.keys(table.measures).map(function (m) { return [m, table.measures[m]]; })),
      choice("r", words.rows, named),
      choice("c", words.columns, [["", words.nothing]].concat(named.filter(function (n) { return n[0] !== state.r; })))
    );
    var filters = element("fieldset", {}, [element("legend", { textContent: words.filters })]);
    if (state.l) { filters.append(choice("l", words.show, state.levels.map(function (name) { return [name, words[name]]; }))); }
    axes.forEach(function (axis) {
      if (axis === state.r || axis === state.c) { return; }
      var codes = table.axes[axis].codes;
      filters.append(choice("f." + axis, table.axes[axis].title, Object.keys(codes).map(function (c) { return [c, codes[c]]; })));
    });
    if (filters.children.length > 1) { box.append(filters); }
    [state.r, state.c].filter(function (axis) { return axis && axis !== PERIOD; }).forEach(function (axis) { box.append(several(table, axis)); });
  }

  /* Which codes of a dimension are shown: none chosen means all. They are shown, never added up: a woman may be in several. */
  function several(table, axis) {
    var codes = table.axes[axis].codes, chosen = (state["k." + axis] || "").split(",");
    var list = element("div", { className: "explorer__codes" });
    Object.keys(codes).forEach(function (code) {
      var tick = element("input", { type: "checkbox", checked: chosen.indexOf(code) >= 0, value: code });
      tick.addEventListener("change", function () {
        var now = Array.prototype.filter.call(list.querySelectorAll("input"), function (one) { return one.checked; }).map(function (one) { return one.value; });
        if (now.length) { state["k." + axis] = now.join(","); } else { delete state["k." + axis]; }
        missing = [];
        older = "";
        window.history.replaceState(null, "", address());
        draw();
      });
      list.append(element("label", {}, [tick, element("span", { textContent: codes[code] })]));
    });
    var folded = element("details", { className: "figures", open: Boolean(state["k." + axis]) }, [element("summary", { textContent: words.only.replace("#", table.axes[axis].title) }), list]);
    folded.dataset.codes = axis;
    return folded;
  }

  /* Rows and columns of the view, by code; `null` is a withheld figure, `undefined` one that is not there. */
  function pivot(rows) {
    var table = about(state.t), cells = {};
    rows.forEach(function (row) {
      for (var key in state) { if (key.indexOf("f.") === 0 && row[key.slice(2)] !== state[key]) { return; } }
      var where = row[state.r] + " " + (state.c ? row[state.c] : "");
      cells[where] = row[state.m] === "" ? (row.obs_status === "Q" ? null : undefined) : Number(row[state.m]);
    });
    function codes(axis) {
      return Object.keys(table.axes[axis].codes).sort(function (a, b) { return axis === PERIOD ? a.localeCompare(b) : 0; })
        .filter(function (code) { return axis !== PERIOD || level(code) === state.l; })
        .filter(function (code) { var only = state["k." + axis]; return !only || only.split(",").indexOf(code) >= 0; });
    }
    return {
      table: table, cells: cells, rows: codes(state.r), columns: state.c ? codes(state.c) : [""],
      rowName: function (code) { return table.axes[state.r].codes[code]; },
      columnName: function (code) { return code === "" ? table.measures[state.m] : table.axes[state.c].codes[code]; }
    };
  }
  /* What a saved file is called: table, figure and filters, so that it says by itself what it holds. */
  function name() {
    var filters = Object.keys(state).filter(function (key) { return key.indexOf("f.") === 0; }).sort();
    return [state.t, state.m].concat(filters.map(function (key) { return key.slice(2) + "-" + state[key]; }), here.dataset.edition).join(".") + ".csv";
  }
  /* What the view holds, in words: the table, what is counted, what it is filtered by. */
  function told() {
    var parts = Object.keys(state).filter(function (key) { return key.indexOf("f.") === 0 && state[key] !== TOTAL; }).sort().map(function (key) {
      var axis = view.table.axes[key.slice(2)];
      return axis.title + ": " + axis.codes[state[key]];
    });
    return [view.table.measures[state.m]].concat(parts).join(" · ");
  }
  /* The table that the chart is drawn from: without totals, which are no part of what they add up, and along time. */
  function drawable() {
    function parts(codes) { var found = codes.filter(function (code) { return code !== TOTAL; }); return found.length ? found : codes; }
    var turned = state.c === PERIOD, rows = parts(turned ? view.columns : view.rows), columns = parts(turned ? view.rows : view.columns);
    var time = turned || state.r === PERIOD; /* a period stands below its mark by its code, which is short */
    var rowName = time ? String : view.rowName, columnName = turned ? view.rowName : view.columnName;
    var head = element("tr", {}, [element("th", { textContent: view.table.axes[turned ? state.c : state.r].title })]), body = element("tbody");
    columns.forEach(function (c) { head.append(element("th", { textContent: columnName(c) })); });
    rows.forEach(function (r) {
      var line = element("tr", {}, [element("th", { textContent: rowName(r) })]);
      columns.forEach(function (c) { line.append(element("td", { textContent: shown(view.cells[turned ? c + " " + r : r + " " + c]) })); });
      body.append(line);
    });
    return element("table", {}, [element("caption", { textContent: view.table.title + ". " + told() }), element("thead", {}, [head]), body]);
  }
  function kind(table) {
    var series = table.tHead.rows[0].cells.length - 1;
    if (state.r === PERIOD || state.c === PERIOD) { return table.tBodies[0].rows.length < 2 ? "bar" : series > 4 ? "small_multiples" : "line"; }
    return series > 4 ? "heatmap" : "bar";
  }
  function shown(value) { return value === null ? "[c]" : value === undefined ? "–" : value.toLocaleString("en-US").replace(/,/g, words.thousands); }

  function draw() {
    status.textContent = words.loading;
    var mine = address();
    read(state.t).then(function (rows) {
      if (mine !== address()) { return; }
      view = pivot(rows);
      var head = element("tr", {}, [element("th", { scope: "col", textContent: view.table.axes[state.r].title })]);
      view.columns.forEach(function (c) { head.append(element("th", { scope: "col", className: "n", textContent: view.columnName(c) })); });
      var body = element("tbody"), hidden = 0;
      view.rows.forEach(function (r) {
        var line = element("tr", {}, [element("th", { scope: "row", textContent: view.rowName(r) })]);
        view.columns.forEach(function (c) {
          var value = view.cells[r + " " + c];
          hidden += value === null;
          line.append(element("td", { textContent: shown(value) }));
        });
        line.dataset.code = r;
        body.append(line);
      });
      var caption = element("caption", { className: "vh", textContent: view.table.title + ". " + view.table.measures[state.m] });
      var grid = element("table", { className: "data" }, [caption, element("thead", {}, [head]), body]);
      var scroll = element("div", { className: "scroll scroll--tall", tabIndex: 0 }, [grid]);
      scroll.setAttribute("role", "region");
      scroll.setAttribute("aria-label", view.table.title);
      var figure = element("figure", { className: "chart" }), live = element("div", { className: "chart__live" });
      live.hidden = true;
      var drawn = drawable(), across = state.c === PERIOD ? state.r : state.c;
      figure.dataset.kind = kind(drawn);
      figure.dataset.unit = view.table.measures[state.m];
      figure.dataset.across = across ? view.table.axes[across].title : "";
      figure.append(element("figcaption", {}, [element("b", { textContent: view.table.title }), element("br"), told()]), live);
      figure.firstChild.hidden = true;
      result.textContent = "";
      if (missing.length) { result.append(element("p", { className: "note", textContent: words.missing.replace("#", missing.join(", ")) })); }
      if (older) { result.append(element("p", { className: "note", textContent: words.older.replace("#", older).replace("%", here.dataset.edition) })); }
      result.append(scroll);
      if (hidden) { result.append(element("p", { className: "legend", textContent: words.legend })); }
      result.append(buttons(live, figure, drawn), figure, element("p", {}, [element("a", { href: view.table.page + ".html", textContent: words.whole })]));
      celosia.sortable(grid);
      status.textContent = view.rows.length === 1 ? words.view_one : words.view.replace("#", view.rows.length);
      tongues();
    }).catch(function () { status.textContent = words.failed; });
  }

  /* What a spreadsheet would take for a formula is text: it gets the apostrophe that says so. */
  function plain(text) { return /^[=+\-@\t\r]/.test(text) ? "'" + text : text; }
  function quoted(text) { text = plain(text); return /[",\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text; }
  function csv() {
    /* Codes for programs and labels for people; of a column both stand in its head. */
    function head(c) { return c === "" ? state.m : state.c === PERIOD ? c : c + " (" + view.columnName(c) + ")"; }
    var lines = [[state.r, state.r + "_" + words.label].concat(view.columns.map(head))];
    result.querySelectorAll("tbody tr").forEach(function (shown) { /* in the order in which the reader sorted them */
      var r = shown.dataset.code;
      lines.push([r, view.rowName(r)].concat(view.columns.map(function (c) { var v = view.cells[r + " " + c]; return v === null ? "[c]" : v === undefined ? "" : String(v); })));
    });
    return lines.map(function (line) { return line.map(quoted).join(","); }).join("\n") + "\n";
  }
  function button(text, what, act) {
    var made = element("button", { type: "button", textContent: text });
    made.dataset[what] = "";
    made.addEventListener("click", function () { act(made); });
    return made;
  }
  function buttons(live, figure, grid) {
    return element("div", { className: "explorer__do" }, [
      button(words.download, "download", function () {
        var link = element("a", { href: URL.createObjectURL(new Blob([csv()], { type: "text/csv" })), download: name() });
        document.body.append(link);
        link.click();
        link.remove();
        window.setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
      }),
      button(words.copy, "copy", function (made) {
        window.history.replaceState(null, "", address());
        var copied = navigator.clipboard ? navigator.clipboard.writeText(window.location.href) : Promise.reject();
        copied.then(function () { made.textContent = words.copied; }, function () { made.textContent = words.address; });
      }),
      button(words.chart, "chart", function () {
        live.hidden = figure.firstChild.hidden = false;
        live.textContent = words.loading;
        var ready = celosia.show ? Promise.resolve() : celosia.load("charts.js");
        ready.then(function () { live.textContent = ""; return celosia.show(live, figure, grid); }).catch(function () { live.textContent = words.failed; });
      })
    ]);
  }
  /* The same view in another language: codes are the same in all. */
  function tongues() {
    document.querySelectorAll("header a[hreflang]").forEach(function (link) { link.hash = address(); });
  }

  here.prepend(box, status, result);
  window.addEventListener("hashchange", function () { if (window.location.hash !== address()) { restore(); form(); draw(); } });
  restore();
  form();
  draw();
})();
