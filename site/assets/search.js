/* Search over the built pages with Pagefind. Nothing is fetched until the box is used; what is typed stays here, out of
   the address and of the history. */
(function () {
  "use strict";
  var words = celosia.words, here = document.querySelector("[data-search]");
  var input = here.querySelector("input"), list = here.querySelector("[data-search-results]"), status = here.querySelector("[data-search-status]");
  var engine = null, turn = 0;

  function ready() {
    if (!engine) {
      engine = window.location.protocol === "file:" ? Promise.reject(new Error("disk"))
        : import(new URL(celosia.root + "/pagefind/pagefind.js", window.location.href).href).then(function (pagefind) {
          return pagefind.options({ noWorker: true, excerptLength: 24, baseUrl: new URL(celosia.root + "/", window.location.href).pathname }).then(function () { return pagefind; });
        });
    }
    return engine;
  }
  function say(text) { status.textContent = text; }

  function look() {
    var asked = input.value.trim(), mine = ++turn;
    if (!asked) { list.textContent = ""; say(words.search_hint); return; }
    ready().then(function (pagefind) {
      return pagefind.search(asked).then(function (found) {
        return Promise.all(found.results.slice(0, 20).map(function (one) { return one.data(); })).then(function (pages) {
          if (mine !== turn) { return; }
          list.textContent = "";
          pages.forEach(function (page) {
            var item = document.createElement("li"), link = document.createElement("a"), text = document.createElement("p");
            link.href = page.url;
            link.textContent = page.meta.title;
            text.innerHTML = page.excerpt; /* made by Pagefind at build time from our own pages, marks only */
            item.append(link, text);
            list.appendChild(item);
          });
          var count = found.results.length;
          list.dataset.q = asked;
          say(count === 0 ? words.search_none : count === 1 ? words.search_one : words.search_many.replace("#", count));
        });
      });
    }).catch(function (error) { say(error.message === "disk" ? words.search_disk : words.failed); });
  }
  var timer = 0;
  input.addEventListener("focus", function () { ready().catch(function () { say(words.search_disk); }); }, { once: true });
  input.addEventListener("input", function () { window.clearTimeout(timer); timer = window.setTimeout(look, 180); });
})();
