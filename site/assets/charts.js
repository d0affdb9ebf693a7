/* A chart that answers to the pointer, drawn from the table of figures that stands below its picture: what it shows and
   what the table says cannot differ. Vega is fetched from this site when the first one is asked for; it interprets its
   expressions (ast), so the page's policy needs no exception. */
(function () {
  "use strict";
  var words = celosia.words, vega = null;
  var css = function (name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); };

  function rows(table) {
    var heads = Array.prototype.map.call(table.tHead.rows[0].cells, function (cell) { return cell.textContent.trim(); });
    var found = [], order = [];
    Array.prototype.forEach.call(table.tBodies[0].rows, function (row) {
      var x = row.cells[0].textContent.trim();
      order.push(x);
      for (var n = 1; n < row.cells.length; n++) {
        var text = row.cells[n].textContent.trim(), value = celosia.number(text);
        found.push({ x: x, s: heads[n], v: isNaN(value) ? null : value, t: text });
      }
    });
    return { heads: heads, order: order, rows: found };
  }

  /* The same colours and dashes as in the pictures; beyond four series a colour comes again with another dash. */
  var DASHES = [[1, 0], [7, 3], [2, 2], [9, 3, 2, 3]];

  /* The steps of a heat map, as in its picture: equal parts of the root of the largest figure, from zero on. */
  function steps(rows) {
    var high = Math.max.apply(null, rows.map(function (row) { return row.v || 0; }));
    return [1, 2, 3, 4, 5].map(function (n) { return high * Math.pow(n / 6, 2); });
  }

  /* An expression that breaks labels into lines, so that none is cut. */
  function broken(labels, most) {
    var lines = {};
    labels.forEach(function (label) {
      lines[label] = label.split(" ").reduce(function (said, word) {
        var last = said.length - 1;
        if (last >= 0 && (said[last] + " " + word).length <= most) { said[last] += " " + word; } else { said.push(word); }
        return said;
      }, []).join("\n");
    });
    return "split(" + JSON.stringify(lines) + "[datum.label], '\\n')";
  }

  function spec(figure, data, width) {
    var series = data.heads.slice(1), many = series.length > 1, kind = figure.dataset.kind, muted = css("--muted");
    var time = kind === "line" || kind === "stacked" || (kind === "small_multiples" && data.order.length > 3);
    var colours = [css("--s1"), css("--s2"), css("--s3"), css("--s4")], palette = time && kind !== "stacked" ? colours : colours.concat(css("--rest"));
    /* Each line of a tooltip has a name of its own: of two with the same, Vega shows the last alone. */
    var tip = [{ field: "x", title: data.heads[0] }, { field: "t", title: many ? figure.dataset.unit || words.figure : series[0] }];
    if (many) { tip.splice(1, 0, { field: "s", title: figure.dataset.across || words.series }); }
    var made = {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json", width: width, autosize: { type: "fit-x", contains: "padding" },
      background: null, data: { values: data.rows },
      config: {
        aria: false, view: { stroke: null }, font: css("--text"), header: { labelColor: css("--ink"), labelFontSize: 12, title: null },
        axis: { labelColor: muted, gridColor: css("--grid"), domainColor: muted, tickColor: muted, title: null, labelLimit: 210, labelFontSize: 12 },
        legend: { labelColor: css("--ink"), title: null, orient: "top", labelFontSize: 13, labelLimit: width < 500 ? width - 60 : 220, columns: width < 500 ? 1 : Math.min(4, Math.floor(width / 180)) }
      }
    };
    var ramp = ["--r0", "--r1", "--r2", "--r3", "--r4", "--r5"].map(css);
    function each(values, turn) { return { domain: series, range: series.map(function (name, n) { return values[turn(n) % values.length]; }) }; }
    var colour = many
      ? { field: "s", type: "nominal", sort: series, scale: each(palette, function (n) { return n; }) }
      : { value: colours[0] };
    var dash = { field: "s", type: "nominal", sort: series, scale: each(DASHES, function (n) { return n + Math.floor(n / 4); }) };
    var named = Math.max.apply(null, data.order.map(function (label) { return label.length; })), room = data.order.length * (7 * named + 10) < width - 60;
    var along = { field: "x", type: "ordinal", sort: data.order, axis: { labelAngle: room ? 0 : -40, labelOverlap: true } };
    var figures = { field: "v", type: "quantitative", axis: { format: ",d", tickCount: width < 500 ? 4 : 5, labelOverlap: true } };
    var marked = { type: "text", fontSize: 11, color: muted }, held = { text: { value: "[c]" }, tooltip: tip };
    function drawn(mark, encoding, where, look) {
      encoding.tooltip = tip;
      var layers = [{ mark: mark, encoding: encoding }];
      if (where) {
        layers.push({ transform: [{ filter: "datum.t === '[c]'" }], mark: Object.assign({}, marked, look), encoding: Object.assign({}, where, held) });
      }
      return layers;
    }
    if (kind === "heatmap") {
      var y = { field: "x", type: "nominal", sort: data.order }, x = { field: "s", type: "nominal", sort: series, axis: { orient: "top", labelAngle: width < 500 ? -90 : -40 } };
      made.height = { step: 34 };
      made.layer = drawn("rect", { y: y, x: x, color: { field: "v", type: "quantitative", legend: null, scale: { type: "threshold", domain: steps(data.rows), range: ramp } } }, { x: x, y: y });
      if (width >= 500 || series.length < 5) {
        made.layer.push({
          transform: [{ filter: "isValid(datum.v)" }], mark: { type: "text", fontSize: 12 },
          encoding: { x: x, y: y, text: { field: "t" }, tooltip: tip, color: { condition: { test: "datum.v >= " + steps(data.rows)[2], value: css("--paper") }, value: css("--ink") } }
        });
      }
    } else if (kind === "small_multiples" && time) {
      var columns = width < 500 ? 2 : 4, panel = Math.floor((width - 60) / columns) - 16;
      delete made.width;
      delete made.autosize;
      along.axis.values = [data.order[0], data.order[data.order.length - 1]];
      along.axis.labelAngle = 0;
      along.axis.labelAlign = { condition: { test: "datum.value === " + JSON.stringify(data.order[0]), value: "left" }, value: "right" };
      figures.axis.tickCount = 3;
      made.facet = { field: "s", type: "nominal", sort: series, header: { labelExpr: broken(series, Math.max(12, Math.floor(panel / 6.6))), labelLineHeight: 14 } };
      made.config.header.labelLimit = panel + 16;
      made.columns = columns;
      made.spacing = 16;
      made.spec = {
        width: panel, height: 80,
        layer: drawn({ type: "line", point: { size: 30 }, strokeWidth: 2 }, { x: along, y: figures, color: { value: colours[0] } }, { x: along, y: { datum: 0 } }, { dy: -7 })
      };
    } else if (time && kind !== "stacked") {
      made.height = 300;
      made.layer = drawn({ type: "line", point: { size: 46 }, strokeWidth: 2 }, { x: along, y: figures, color: colour }, { x: along, y: { datum: 0 } }, { dy: -7 });
      if (many) {
        made.layer[0].params = [{ name: "pick", select: { type: "point", fields: ["s"] }, bind: "legend" }];
        made.layer[0].encoding.opacity = { condition: { param: "pick", value: 1 }, value: 0.15 };
        made.layer[0].encoding.strokeDash = dash;
        Object.assign(made.config.legend, { symbolType: "stroke", symbolSize: 420, symbolStrokeWidth: 2 });
      }
    } else if (time) {
      made.height = 300;
      made.layer = drawn({ type: "bar", stroke: css("--paper"), strokeWidth: 1 }, { x: along, y: figures, color: colour });
      made.layer.push({ /* over a bar of which a part is withheld, as in its picture */
        transform: [
          { calculate: "datum.t === '[c]' ? 1 : 0", as: "held" },
          { aggregate: [{ op: "sum", field: "v", as: "top" }, { op: "max", field: "held", as: "held" }], groupby: ["x"] },
          { filter: "datum.held" }
        ],
        mark: Object.assign({ dy: -7 }, marked), encoding: { x: along, y: Object.assign({}, figures, { field: "top" }), text: held.text }
      });
    } else {
      /* The figure stands at the end of its bar, as in the picture: the scale leaves room for it. */
      var high = Math.max.apply(null, data.rows.map(function (row) { return row.v || 0; })), longest = Math.max.apply(null, data.rows.map(function (row) { return row.t.length; }));
      figures.scale = { domain: [0, (high || 1) * (1 + longest * (width < 500 ? 0.05 : 0.025))], nice: false };
      var bars = { y: { field: "x", type: "nominal", sort: data.order }, x: figures, color: colour }, label = { y: bars.y, x: { datum: 0 } };
      var ends = { y: bars.y, x: figures, text: { field: "t" }, tooltip: tip, color: { value: css("--ink") } };
      made.height = { step: many ? 16 : 26 };
      if (many) { bars.yOffset = label.yOffset = ends.yOffset = { field: "s", sort: series }; }
      made.layer = drawn("bar", bars, label, { align: "left", dx: 4 });
      made.layer.push({ transform: [{ filter: "isValid(datum.v)" }], mark: { type: "text", align: "left", dx: 4, fontSize: 11 }, encoding: ends });
    }
    return made;
  }

  /* A map: the outlines that the figure carries, coloured as in its picture; what a zone tells comes from the table. */
  function map(figure, table, width) {
    var drawn = JSON.parse(figure.dataset.outlines), ink = css("--ink"), narrow = width < 500;
    var heads = Array.prototype.map.call(table.tHead.rows[0].cells, function (cell) { return cell.textContent.trim(); });
    var zones = [], names = [];
    Array.prototype.forEach.call(table.tBodies[0].rows, function (row) {
      var said = Array.prototype.map.call(row.cells, function (cell) { return cell.textContent.trim(); }), zone = drawn.zones[said[0]];
      if (!zone) { return; }
      var facts = { fill: zone.fill, dash: drawn.key.filter(function (one) { return one.fill === zone.fill; })[0].dash };
      said.forEach(function (text, n) { facts["t" + n] = text; });
      zones.push({ type: "Feature", geometry: zone.geometry, properties: facts });
      names.push({ x: zone.at[0], y: zone.at[1], ink: zone.dark ? "#ffffff" : "#1d2733", text: (narrow ? said[0].split(" ") : [said[0]]).concat(zone.mark) });
    });
    return {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json", width: width, height: Math.round(width * (narrow ? 0.85 : 0.6)), background: null,
      projection: { type: "identity", reflectY: true },
      layer: [{
        data: { values: zones }, mark: { type: "geoshape", stroke: "#8a949e", strokeWidth: 1.3 },
        params: [{ name: "over", select: { type: "point", on: "pointerover", clear: "pointerout" } }],
        encoding: {
          color: {
            field: "properties.fill", type: "nominal", scale: { domain: drawn.key.map(function (one) { return one.fill; }), range: drawn.key.map(function (one) { return one.fill; }) },
            legend: { orient: "bottom", title: null, direction: "horizontal", columns: narrow ? 3 : 6, symbolType: "square", symbolSize: 170, symbolStrokeColor: "#8a949e", labelColor: ink, labelFontSize: 12,
              labelExpr: drawn.key.reduceRight(function (rest, one) { return "datum.value === '" + one.fill + "' ? '" + one.text + "' : " + rest; }, "''") }
          },
          strokeDash: { field: "properties.dash", type: "nominal", scale: null, legend: null },
          strokeWidth: { condition: { param: "over", empty: false, value: 3 }, value: 1.3 },
          tooltip: heads.map(function (head, n) { return { field: "properties.t" + n, type: "nominal", title: head }; })
        }
      }, {
        data: { values: names }, mark: { type: "text", fontSize: 12, lineHeight: 14, fontWeight: 600, baseline: "middle", dy: narrow ? -12 : -7, tooltip: null },
        encoding: { longitude: { field: "x", type: "quantitative" }, latitude: { field: "y", type: "quantitative" }, text: { field: "text" }, color: { field: "ink", type: "nominal", scale: null } }
      }],
      config: { aria: false, view: { stroke: null }, font: css("--text") }
    };
  }

  function show(target, made) {
    vega = vega || celosia.load("vega.js");
    return vega.then(function () {
      return window.vegaEmbed(target, made, {
        ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: { disableDefaultStyle: true },
        formatLocale: { decimal: celosia.words.decimal, thousands: celosia.words.thousands, grouping: [3], currency: ["$", ""] }
      });
    });
  }

  /* With the arrow keys the reader goes from figure to figure of the table, and is told each in the page's language. */
  function walk(target, figure, table, told) {
    var row = -1, column = 1, rows = table.tBodies[0].rows, heads = table.tHead.rows[0].cells, whole = figure.dataset.kind === "map";
    function text(cell) { return cell.textContent.trim(); }
    function say() {
      var cells = rows[row].cells;
      told.textContent = text(cells[0]) + " · " + (whole ? Array.prototype.slice.call(heads, 1) : [heads[column]])
        .map(function (head) { return text(head) + ": " + text(cells[head.cellIndex]); }).join(" · ");
    }
    target.addEventListener("focus", function () { if (row < 0) { told.textContent = words.arrows; } });
    target.addEventListener("keydown", function (event) {
      var last = rows.length - 1, series = whole ? 1 : heads.length - 1;
      if (event.key === "ArrowRight") { row = Math.min(last, row + 1); }
      else if (event.key === "ArrowLeft") { row = Math.max(0, row - 1); }
      else if (event.key === "ArrowDown") { row = Math.max(0, row); column = Math.min(series, column + 1); }
      else if (event.key === "ArrowUp") { row = Math.max(0, row); column = Math.max(1, column - 1); }
      else if (event.key === "Home") { row = 0; }
      else if (event.key === "End") { row = last; }
      else { return; }
      event.preventDefault();
      say();
    });
  }

  celosia.show = function (target, figure, table) {
    var width = Math.max(260, Math.min(720, target.clientWidth || 720)), stage = document.createElement("div"), told = document.createElement("p");
    stage.setAttribute("aria-hidden", "true"); /* Vega describes itself in English; the keys and the table tell the same */
    told.className = "chart__told";
    told.setAttribute("role", "status");
    target.setAttribute("role", "group");
    target.setAttribute("aria-label", table.caption.textContent);
    target.tabIndex = 0;
    target.append(stage, told);
    walk(target, figure, table, told);
    return show(stage, figure.dataset.kind === "map" ? map(figure, table, width) : spec(figure, rows(table), width));
  };

  /* A live chart takes the place of the picture, or of the other live one; the button that brought it brings the picture back. */
  function instead(button, fill) {
    var figure = button.closest("figure"), still = figure.querySelector(".chart__draw"), live = figure.querySelector(".chart__live");
    var again = live && live.by === button;
    if (live) {
      live.remove();
      still.hidden = false;
      delete figure.dataset.comparing;
      live.by.replaceChildren.apply(live.by, live.by.named);
    }
    if (again) { return null; }
    button.named = Array.prototype.slice.call(button.childNodes);
    button.textContent = words.loading;
    live = document.createElement("div");
    live.className = "chart__live";
    live.by = button;
    still.parentNode.insertBefore(live, still);
    return Promise.resolve(fill(live, figure)).then(function () {
      if (!live.isConnected) { return; }
      still.hidden = true;
      button.textContent = words["static"];
    }).catch(function (error) { live.remove(); delete figure.dataset.comparing; throw error; });
  }

  celosia.draw = function (button) {
    return instead(button, function (live, figure) { return celosia.show(live, figure, figure.querySelector("table")); });
  };

  function text(cell) { return cell.textContent.trim(); }
  function texts(cells) { return Array.prototype.map.call(cells, text); }

  /* A table of texts, as a live chart is drawn from. */
  function written(caption, head, lines) {
    var made = document.createElement("table");
    function row(part, tag, said) {
      var line = part.insertRow();
      said.forEach(function (one) { line.appendChild(document.createElement(tag)).textContent = one; });
    }
    made.createCaption().textContent = caption;
    row(made.createTHead(), "th", head);
    made.createTBody();
    lines.forEach(function (line) { row(made.tBodies[0], "td", line); });
    return made;
  }

  /* Codes of a table whose columns are years, or the codes that a heat map crosses with its rows: side by side as bars; many
     years along a line. */
  function by_codes(figure, table, timed) {
    var told = texts(table.tHead.rows[0].cells), listed = texts(table.querySelectorAll("tbody th"));
    return {
      columns: boxes(timed ? words.years : figure.dataset.across || words.series, told.slice(1), function (n) { return timed ? n >= told.length - 3 : n < 4; }),
      rows: boxes(told[0], listed, function () { return true; }), listed: listed.length,
      drawn: function (columns, rows) {
        var many = timed && columns.length > 4, heads = columns.map(function (n) { return told[n + 1]; }), named = rows.map(function (n) { return listed[n]; });
        var grid = rows.map(function (n) { return columns.map(function (c) { return text(table.tBodies[0].rows[n].cells[c + 1]); }); });
        return {
          kind: !many ? "bar" : rows.length > 4 ? "small_multiples" : "line",
          across: many ? told[0] : timed ? words.year : figure.dataset.across,
          table: many
            ? written(text(table.caption), [words.year].concat(named), heads.map(function (name, n) { return [name].concat(grid.map(function (line) { return line[n]; })); }))
            : written(text(table.caption), [told[0]].concat(heads), named.map(function (name, n) { return [name].concat(grid[n]); }))
        };
      }
    };
  }

  /* A chart along quarters or months: a line for each year, over the same quarters or months; of one series at a time. */
  function by_seasons(figure, table) {
    var told = texts(table.tHead.rows[0].cells), at = {}, years = [], parts = [];
    texts(table.querySelectorAll("tbody th")).forEach(function (name, n) {
      var year = name.slice(-4), part = name.slice(0, -4).trim();
      if (!at[year]) { at[year] = {}; years.push(year); }
      at[year][part] = n;
    });
    /* In the order of the year that has most of them; a first year may begin late. */
    years.slice().sort(function (one, other) { return Object.keys(at[other]).length - Object.keys(at[one]).length; }).forEach(function (year) {
      Object.keys(at[year]).forEach(function (part) { if (parts.indexOf(part) < 0) { parts.push(part); } });
    });
    return {
      columns: boxes(words.years, years, function (n) { return n >= years.length - 4; }),
      rows: told.length > 2 ? boxes(figure.dataset.across || words.series, told.slice(1), function (n) { return n === 0; }, "radio") : null,
      drawn: function (columns, rows) {
        var series = rows.length ? rows[0] + 1 : 1, picked = columns.map(function (n) { return years[n]; });
        return {
          kind: "line", across: words.year,
          table: written(text(table.caption), [told[0]].concat(picked), parts.map(function (part) {
            return [part].concat(picked.map(function (year) {
              var n = at[year][part];
              return n === undefined ? "–" : text(table.tBodies[0].rows[n].cells[series]);
            }));
          }))
        };
      }
    };
  }

  function boxes(legend, names, ticked, kind) {
    var field = document.createElement("fieldset"), list = document.createElement("div");
    field.appendChild(document.createElement("legend")).textContent = legend;
    list.className = "compare__list";
    field.appendChild(list);
    names.forEach(function (name, n) {
      var label = document.createElement("label"), box = document.createElement("input");
      box.type = kind || "checkbox";
      box.name = legend;
      box.value = n;
      box.checked = ticked(n);
      label.append(box, " " + name);
      list.appendChild(label);
    });
    return field;
  }
  function ticks(field) {
    return Array.prototype.filter.call(field.querySelectorAll("input"), function (box) { return box.checked; })
      .map(function (box) { return Number(box.value); });
  }

  /* A comparison in an address: the places of what is ticked, columns and rows. They stand for the same on the page of a
     chart of an edition, which stays as it is, in every language; and they tell nothing by themselves. */
  function address(figure, fields) {
    var link = new URL(figure.querySelector(".chart__links a:last-of-type").href);
    link.hash = "comparar=" + fields.map(function (field) { return ticks(field).join("."); }).join("~");
    return link.href;
  }
  /* Ticks what an address asks for; whether all of it is there. What it asks for nothing of stays as it is. */
  function restore(fields, wanted) {
    return wanted.split("~").every(function (said, n) {
      var places = said.split("."), found = fields[n] ? Array.prototype.filter.call(fields[n].querySelectorAll("input"), function (box) { return places.indexOf(box.value) >= 0; }) : [];
      if (found.length) { fields[n].querySelectorAll("input").forEach(function (box) { box.checked = found.indexOf(box) >= 0; }); }
      return found.length === places.length;
    });
  }

  /* What a chart shows, side by side, with the controls on the chart; drawn from the tables that stand below its picture.
     `wanted`: what an address asks for, if any. */
  celosia.compare = function (button, wanted) {
    return instead(button, function (live, figure) {
      var own = figure.querySelector("table"), wide = figure.querySelector("table[data-years]"), table = wide || own;
      var crossed = figure.dataset.kind === "heatmap", way = wide || crossed ? by_codes(figure, table, !crossed) : by_seasons(figure, own);
      var form = document.createElement("form"), stage = null, fold = null, summary = null, all = null;
      var said = document.createElement("p");
      said.className = "chart__unit";
      said.textContent = table.caption.textContent;
      figure.dataset.comparing = "";
      form.className = "compare";
      form.append(said, way.columns);
      if (way.listed) { /* codes may be many */
        fold = document.createElement("details");
        summary = fold.appendChild(document.createElement("summary"));
        all = document.createElement("button");
        all.type = "button";
        all.className = "link";
        way.rows.appendChild(all);
        fold.appendChild(way.rows);
        form.appendChild(fold);
      } else if (way.rows) { form.appendChild(way.rows); }
      var fields = [way.columns].concat(way.rows || []), copy = document.createElement("button"), sent = document.createElement("p");
      copy.type = "button";
      copy.className = "link";
      copy.textContent = words.compare_copy;
      sent.setAttribute("role", "status");
      sent.className = "chart__unit";
      copy.addEventListener("click", function () {
        var link = address(figure, fields), copied = navigator.clipboard ? navigator.clipboard.writeText(link) : Promise.reject();
        copied.then(function () { sent.textContent = words.copied; }, function () { sent.textContent = link; window.getSelection().selectAllChildren(sent); });
      });
      form.append(copy, sent);
      live.appendChild(form);
      if (wanted && !restore(fields, wanted)) { sent.textContent = words.compare_missing; }
      function drawn() {
        var columns = ticks(way.columns), rows = way.rows ? ticks(way.rows) : [], next = document.createElement("div");
        if (way.listed) {
          summary.textContent = words.compare_rows.replace("#", rows.length).replace("%", way.listed);
          all.textContent = rows.length === way.listed ? words.compare_none : words.compare_all;
        }
        if (stage) { stage.remove(); }
        stage = next;
        live.appendChild(next);
        if (!columns.length || (way.rows && !rows.length)) {
          next.setAttribute("role", "status");
          next.textContent = crossed ? words.nothing_ticked : words.nothing_chosen;
          return null;
        }
        var made = way.drawn(columns, rows);
        return celosia.show(next, { dataset: { kind: made.kind, unit: figure.dataset.unit, across: made.across } }, made.table);
      }
      form.addEventListener("change", function () { sent.textContent = ""; drawn(); });
      form.addEventListener("submit", function (event) { event.preventDefault(); });
      if (all) {
        all.addEventListener("click", function () {
          var on = ticks(way.rows).length < way.listed;
          way.rows.querySelectorAll("input").forEach(function (box) { box.checked = on; });
          drawn();
        });
      }
      return drawn();
    });
  };
})();
