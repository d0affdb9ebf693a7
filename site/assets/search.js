/* Search over the built pages with Pagefind. Nothing is fetched until the box is used; what is typed stays here, out of
   the address and of the history. Opened from disk, where a browser fetches nothing, the page says so and points to the map. */
(function () {
  "use strict";
  var words = celosia.words, here = document.querySelector("[data-search]"), AT_ONCE = 5;
  var input = here.querySelector("input"), list = here.querySelector("[data-search-results]"), status = here.querySelector("[data-search-status]");
  var more = here.querySelector("[data-search-more]"), engine = null, turn = 0, found = [];

  function ready() {
    if (!engine) {
      var folder = new URL(celosia.root + "/", window.location.href);
      engine = window.location.protocol === "file:" ? Promise.reject(new Error("disk"))
        : import(new URL("pagefind/pagefind.js", folder).href).then(function (pagefind) {
          return pagefind.options({ noWorker: true, baseUrl: folder.pathname }).then(function () { return pagefind; });
        });
      engine.catch(function () { engine = null; }); /* the next try may have a network again */
    }
    return engine;
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
        say(!asked ? words.search_hint : count === 0 ? words.search_none : count === 1 ? words.search_one : words.search_many.replace("#", count));
      });
    }).catch(function (error) {
      here.removeAttribute("aria-busy");
      say(error.message === "disk" ? words.search_disk : words.search_failed);
    });
  }
  var timer = 0;
  input.addEventListener("focus", function () { ready().catch(function () { return null; }); }, { once: true });
  input.addEventListener("input", function () { window.clearTimeout(timer); timer = window.setTimeout(look, 180); });
  more.addEventListener("click", function () {
    var next = list.children.length;
    show(turn).then(function () { if (list.children[next]) { list.children[next].querySelector("a").focus(); } });
  });
})();
