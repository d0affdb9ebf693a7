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
        var text = row.cells[n].textContent.trim(), value = Number(text.replace(/,/g, ""));
        found.push({ x: x, s: heads[n], v: isNaN(value) ? null : value, t: text });
      }
    });
    return { heads: heads, order: order, rows: found };
  }

  function spec(figure, data, width) {
    var series = data.heads.slice(1), kind = figure.dataset.kind, ink = css("--ink"), muted = css("--muted");
    var time = kind === "line" || kind === "stacked" || (kind === "small_multiples" && data.order.length > 3);
    var colours = [css("--s1"), css("--s2"), css("--s3"), css("--s4")];
    var tip = [{ field: "x", title: data.heads[0] }, { field: "t", title: series.length > 1 ? " " : series[0] }];
    if (series.length > 1) { tip.splice(1, 0, { field: "s", title: " " }); }
    var made = {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json", width: width, autosize: { type: "fit-x", contains: "padding" },
      background: null, data: { values: data.rows },
      config: {
        view: { stroke: null }, font: css("--text"),
        axis: { labelColor: muted, gridColor: css("--grid"), domainColor: muted, tickColor: muted, title: null, labelLimit: 210, labelFontSize: 12 },
        legend: { labelColor: ink, title: null, orient: "top", labelFontSize: 13, labelLimit: 220, columns: width < 500 ? 2 : 4 }, text: { color: ink }
      }
    };
    var colour = series.length > 1
      ? { field: "s", type: "nominal", sort: series, scale: { domain: series, range: series.length > 4 ? undefined : colours.slice(0, series.length) } }
      : { value: colours[0] };
    if (series.length > 4) { colour.scale = { domain: series, scheme: "tableau10" }; }
    if (kind === "heatmap") {
      made.height = { step: 34 };
      made.mark = { type: "rect", tooltip: true };
      made.encoding = {
        y: { field: "x", type: "nominal", sort: data.order }, x: { field: "s", type: "nominal", sort: series, axis: { orient: "top", labelAngle: -40 } },
        color: { field: "v", type: "quantitative", legend: null, scale: { range: [css("--r0"), css("--r5")] } }, tooltip: tip
      };
    } else if (time && kind !== "stacked") {
      made.height = 300;
      made.params = series.length > 1 ? [{ name: "pick", select: { type: "point", fields: ["s"] }, bind: "legend" }] : [];
      made.encoding = {
        x: { field: "x", type: "ordinal", sort: data.order, axis: { labelAngle: -40, labelOverlap: true } },
        y: { field: "v", type: "quantitative", axis: { format: ",d", tickCount: 5 } }, color: colour, tooltip: tip
      };
      if (series.length > 1) { made.encoding.opacity = { condition: { param: "pick", value: 1 }, value: 0.15 }; }
      made.mark = { type: "line", point: { size: 46 }, strokeWidth: 2 };
    } else if (time) {
      made.height = 300;
      made.mark = "bar";
      made.encoding = {
        x: { field: "x", type: "ordinal", sort: data.order, axis: { labelAngle: -40, labelOverlap: true } },
        y: { field: "v", type: "quantitative", axis: { format: ",d", tickCount: 5 } }, color: colour, tooltip: tip
      };
    } else {
      made.height = { step: series.length > 1 ? 14 : 26 };
      made.mark = "bar";
      made.encoding = {
        y: { field: "x", type: "nominal", sort: data.order }, x: { field: "v", type: "quantitative", axis: { format: ",d", tickCount: 5 } },
        color: colour, tooltip: tip
      };
      if (series.length > 1) { made.encoding.yOffset = { field: "s", sort: series }; }
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
      config: { view: { stroke: null }, font: css("--text") }
    };
  }

  function show(target, made) {
    vega = vega || celosia.load("vega.js");
    return vega.then(function () {
      return window.vegaEmbed(target, made, {
        ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: { disableDefaultStyle: true },
        formatLocale: { decimal: ".", thousands: ",", grouping: [3], currency: ["$", ""] }
      });
    });
  }

  celosia.show = function (target, figure, table) {
    var width = Math.max(260, Math.min(720, target.clientWidth || 720));
    return show(target, figure.dataset.kind === "map" ? map(figure, table, width) : spec(figure, rows(table), width));
  };

  celosia.draw = function (button) {
    var figure = button.closest("figure"), still = figure.querySelector(".chart__draw");
    var live = figure.querySelector(".chart__live");
    if (live) { live.remove(); still.hidden = false; button.textContent = button.dataset.name; return null; }
    button.dataset.name = button.textContent;
    button.textContent = words.loading;
    live = document.createElement("div");
    live.className = "chart__live";
    live.setAttribute("role", "group");
    live.setAttribute("aria-label", figure.querySelector("svg title").textContent);
    live.tabIndex = 0;
    still.parentNode.insertBefore(live, still);
    return celosia.show(live, figure, figure.querySelector("table")).then(function () {
      still.hidden = true;
      button.textContent = words["static"];
    }).catch(function (error) { live.remove(); throw error; });
  };
})();
