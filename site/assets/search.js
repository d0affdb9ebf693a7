/* Search over the pages of the site, in the reader's own browser. The file that knows which word stands where is fetched when
   the box is used; what is typed stays here, out of the address and of the history. It works from disk as from a host.

   A word asked finds: itself; words of the same stem; what synonyms say that it means; while it is typed, words that begin
   with it; and, where there is none of these, words that differ by one letter. A page counts for where its words stand, for
   how rare they are, and for its part of the site, so that help comes before tables. */
(function () {
  "use strict";
  var words = celosia.words, here = document.querySelector("[data-search]"), AT_ONCE = 5;
  var input = here.querySelector("input"), list = here.querySelector("[data-search-results]"), status = here.querySelector("[data-search-status]");
  var more = here.querySelector("[data-search-more]"), engine = null, turn = 0, found = [];
  var PLACE = [8, 3, 1], EXACT = 1, STEM = 0.9, BEGINS = 0.5, NEAR = 0.4, MEANT = 0.8, FIRST = 1000, SERVICE = 3;

  function ready() {
    if (!engine) {
      engine = new Promise(function (done, failed) {
        celosia.found = function (data) { done(unpack(data)); };
        celosia.load("search-" + celosia.language + ".js").catch(failed);
      });
      engine.catch(function () { engine = null; }); /* the next try may have a network again */
    }
    return engine;
  }

  /* Words without accents and capitals. */
  function plain(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().match(/[a-z0-9]+/g) || [];
  }
  /* What a word shares with its plural and its other gender. */
  function stem(word) {
    if (word.length > 4) { word = word.replace(/(es|s)$/, ""); }
    return word.length > 4 ? word.replace(/[aeo]$/, "") : word;
  }
  /* Whether two words differ by one letter that is missing, too many, another one, or has changed places with the next. */
  function near(a, b) {
    if (Math.abs(a.length - b.length) > 1) { return false; }
    var i = 0, j = 0;
    while (i < a.length && i < b.length && a[i] === b[i]) { i++; }
    while (j < a.length - i && j < b.length - i && a[a.length - 1 - j] === b[b.length - 1 - j]) { j++; }
    var x = a.length - i - j, y = b.length - i - j;
    return (x <= 1 && y <= 1) || (x === 2 && y === 2 && a[i] === b[i + 1] && a[i + 1] === b[i]);
  }

  function unpack(data) {
    var known = data.words.split(" "), at = data.at.split(";"), stems = {}, places = {};
    known.forEach(function (word, number) {
      var page = 0;
      places[word] = at[number].split(",").map(function (told) {
        var code = parseInt(told, 36);
        page += Math.floor(code / 3);
        return [page, code % 3];
      });
      (stems[stem(word)] = stems[stem(word)] || []).push(word);
    });
    var same = data.same.map(function (line) {
      return { asked: line[0].split(",").map(function (one) { return one.split(" "); }), said: line[1].split(" ").filter(Boolean), help: !!line[2] };
    });
    return { pages: data.pages, known: known, places: places, stems: stems, same: same, drop: data.drop.split(" "), help: data.help };
  }

  /* Words of the pages that a word finds, each with how well: {word: quality}. */
  function meant(index, word, last) {
    var all = {};
    (index.stems[stem(word)] || []).forEach(function (other) { all[other] = STEM; });
    if (index.places[word]) { all[word] = EXACT; }
    if (!Object.keys(all).length && last && word.length > 2) {
      index.known.forEach(function (other) { if (other.indexOf(word) === 0) { all[other] = BEGINS; } });
    }
    return all;
  }
  function like(index, word) {
    var all = {};
    if (word.length > 3 && !/^[0-9]+$/.test(word)) {
      index.known.forEach(function (other) { if (other.length > 3 && near(word, other)) { all[other] = NEAR; } });
    }
    return all;
  }
  /* Synonyms that the words asked hold: as they are, or, `loosely`, by their stem or with one letter wrong. */
  function concepts(index, asked, loosely) {
    function fits(word, wanted) {
      return word === wanted || stem(word) === stem(wanted) || (loosely && word.length > 3 && wanted.length > 3 && near(word, wanted));
    }
    var hits = [];
    index.same.forEach(function (line) {
      line.asked.forEach(function (phrase) {
        for (var i = 0; i + phrase.length <= asked.length; i++) {
          if (phrase.every(function (wanted, n) { return fits(asked[i + n], wanted); })) { hits.push({ at: i, length: phrase.length, line: line }); return; }
        }
      });
    });
    return hits;
  }
  /* Page → what the words of one group count for on it. */
  function counted(index, group) {
    var scores = {};
    Object.keys(group).forEach(function (word) {
      var there = index.places[word] || [], rare = 1 + Math.log(index.pages.length / (there.length || 1));
      there.forEach(function (one) {
        scores[one[0]] = Math.max(scores[one[0]] || 0, group[word] * PLACE[one[1]] * rare);
      });
    });
    return scores;
  }

  function look_up(index, text) {
    /* A year tells pages apart as little as «the» does: every page of figures names several. */
    var all = plain(text), asked = all.filter(function (word) { return index.drop.indexOf(word) < 0 && !/^20[0-9]{2}$/.test(word); });
    if (!asked.length) { asked = all; }
    var hits = concepts(index, all, false), help = false;
    /* A word of its own, each with what it finds; synonyms stand in for the words that they are made of. */
    var groups = asked.map(function (word, number) { return { word: word, finds: meant(index, word, number === asked.length - 1) }; });
    if (!hits.length && groups.some(function (group) { return !Object.keys(group.finds).length; })) { hits = concepts(index, all, true); }
    hits.forEach(function (hit) {
      help = help || hit.line.help;
      var covered = all.slice(hit.at, hit.at + hit.length), into = groups.filter(function (group) { return covered.indexOf(group.word) >= 0; });
      if (!into.length) { into = [{ word: "", finds: {} }]; groups.push(into[0]); }
      into[0].means = (into[0].means || []).concat(hit.line.said.map(function (said) {
        return { sure: MEANT * hit.length, on: counted(index, meant(index, said, false)) }; /* several words say more than one */
      }));
      into[0].words = Math.max(into[0].words || 1, into.length);
      into.slice(1).forEach(function (group) { group.skip = true; });
    });
    var total = {}, matched = {};
    groups.forEach(function (group) {
      if (group.skip) { return; }
      if (!group.means && !Object.keys(group.finds).length) { group.finds = like(index, group.word); }
      var scores = counted(index, group.finds);
      (group.means || []).forEach(function (means) {
        Object.keys(means.on).forEach(function (page) { scores[page] = (scores[page] || 0) + means.sure * means.on[page]; });
      });
      Object.keys(scores).forEach(function (page) { total[page] = (total[page] || 0) + scores[page]; matched[page] = (matched[page] || 0) + (group.words || 1); });
    });
    var most = Object.keys(matched).reduce(function (best, page) { return Math.max(best, matched[page]); }, 0);
    /* A page that lacks one of several words may be meant all the same, but counts for less. */
    var pages = Object.keys(total).filter(function (page) { return 2 * matched[page] > most || help && index.pages[page][3] >= SERVICE; });
    var score = function (page) { return total[page] * index.pages[page][3] * Math.pow(matched[page] / most || 1, 2); };
    if (help && index.help >= 0) {
      if (pages.indexOf(String(index.help)) < 0) { pages.push(String(index.help)); }
      total[index.help] = (total[index.help] || 0) + FIRST;
      /* Who asks for help is led to services before figures. */
      pages.forEach(function (page) { if (index.pages[page][3] >= SERVICE) { total[page] += FIRST / 10; } });
    }
    pages.sort(function (a, b) { return score(b) - score(a) || a - b; });
    return pages.map(function (page) { return index.pages[page]; });
  }

  function say(text) { status.textContent = text; }

  /* The next few results, below those that are there. */
  function show() {
    var begin = list.children.length;
    found.slice(begin, begin + AT_ONCE).forEach(function (page) {
      var item = document.createElement("li"), link = document.createElement("a"), text = document.createElement("p");
      link.href = celosia.root + "/" + page[0];
      link.textContent = page[1];
      text.textContent = page[2];
      item.append(link, text);
      list.append(item);
    });
    more.hidden = list.children.length >= found.length;
  }
  function look() {
    var asked = input.value.trim(), mine = ++turn;
    here.setAttribute("aria-busy", "true");
    (asked ? ready().then(function (index) { return look_up(index, asked); }) : Promise.resolve([])).then(function (answer) {
      if (mine !== turn) { return; }
      found = answer;
      list.textContent = "";
      show();
      var count = found.length;
      list.dataset.q = asked;
      here.removeAttribute("aria-busy");
      say(!asked ? words.search_hint : count === 0 ? words.search_none : count === 1 ? words.search_one : words.search_many.replace("#", count));
    }).catch(function () {
      here.removeAttribute("aria-busy");
      say(words.search_failed);
    });
  }
  var timer = 0;
  input.addEventListener("focus", function () { ready().catch(function () { return null; }); }, { once: true });
  input.addEventListener("input", function () { window.clearTimeout(timer); timer = window.setTimeout(look, 180); });
  more.addEventListener("click", function () {
    var next = list.children.length;
    show();
    if (list.children[next]) { list.children[next].querySelector("a").focus(); }
  });
})();
