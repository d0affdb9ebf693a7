/* Search over the built pages with Pagefind. Nothing is fetched until the box is used; what is typed stays here, out of
   the address and of the history. Opened from disk, where a browser fetches nothing, the page says so and looks through the titles of its own index. */
(function () {
  "use strict";
  var words = celosia.words, here = document.querySelector("[data-search]"), AT_ONCE = 5;
  var input = here.querySelector("input"), list = here.querySelector("[data-search-results]"), status = here.querySelector("[data-search-status]");
  var more = here.querySelector("[data-search-more]"), engine = null, turn = 0, found = [];
  var disk = window.location.protocol === "file:", hint = disk ? words.search_disk : words.search_hint;

  function ready() {
    if (!engine) {
      var folder = new URL(celosia.root + "/", window.location.href);
      engine = disk ? Promise.resolve({ search: titles })
        : import(new URL("pagefind/pagefind.js", folder).href).then(function (pagefind) {
          return pagefind.options({ noWorker: true, baseUrl: folder.pathname }).then(function () { return pagefind; });
        });
      engine.catch(function () { engine = null; }); /* the next try may have a network again */
    }
    return engine;
  }

  /* Words without accents, capitals and the ending of a plural. */
  function plain(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().split(/[^a-z0-9]+/).filter(Boolean)
      .map(function (word) { return word.length > 3 ? word.replace(/(es|s)$/, "") : word; });
  }
  /* Pages of the index with a title that holds every word asked for, or the beginning of one. */
  function titles(asked) {
    var wanted = plain(asked);
    var links = Array.prototype.filter.call(document.querySelectorAll("[data-search-index] a"), function (link) {
      var there = plain(link.textContent);
      return wanted.every(function (word) { return there.some(function (one) { return one.indexOf(word) === 0; }); });
    });
    return Promise.resolve({ results: links.map(function (link) {
      return { data: function () { return Promise.resolve({ url: link.href, filters: { title: [link.textContent], description: [""] } }); } };
    }) });
  }
  function say(text) { status.textContent = text; }

  /* The next few results, below those that are there; each is a file of its own. */
  function show(mine) {
    var begin = list.children.length;
    return Promise.all(found.slice(begin, begin + AT_ONCE).map(function (one) { return one.data(); })).then(function (pages) {
      if (mine !== turn) { return; }
      pages.forEach(function (page) {
        var item = document.createElement("li"), link = document.createElement("a"), text = document.createElement("p");
        link.href = page.url;
        link.textContent = page.filters.title[0];
        text.textContent = page.filters.description[0];
        item.append(link, text);
        list.append(item);
      });
      more.hidden = list.children.length >= found.length;
    });
  }
  function look() {
    var asked = input.value.trim(), mine = ++turn;
    here.setAttribute("aria-busy", "true");
    (asked ? ready().then(function (pagefind) { return pagefind.search(asked); }) : Promise.resolve({ results: [] })).then(function (answer) {
      if (mine !== turn) { return null; }
      found = answer.results;
      list.textContent = "";
      return show(mine).then(function () {
        if (mine !== turn) { return; }
        var count = found.length;
        list.dataset.q = asked;
        here.removeAttribute("aria-busy");
        say(!asked ? hint : count === 0 ? words.search_none : count === 1 ? words.search_one : words.search_many.replace("#", count));
      });
    }).catch(function () {
      here.removeAttribute("aria-busy");
      say(words.search_failed);
    });
  }
  if (disk) { say(hint); }
  var timer = 0;
  input.addEventListener("focus", function () { ready().catch(function () { return null; }); }, { once: true });
  input.addEventListener("input", function () { window.clearTimeout(timer); timer = window.setTimeout(look, 180); });
  more.addEventListener("click", function () {
    var next = list.children.length;
    show(turn).then(function () { if (list.children[next]) { list.children[next].querySelector("a").focus(); } });
  });
})();
