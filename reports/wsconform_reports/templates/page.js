"use strict";
(function () {
  var root = document.documentElement;
  root.classList.add("scripted");

  // Light or dark: what the system says, until the reader says otherwise.
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function kept() { try { return localStorage.getItem("wsconform-theme"); } catch (e) { return null; } }
  function theme(name) { if (name) { root.setAttribute("data-theme", name); } }
  theme(kept());
  document.getElementById("theme").addEventListener("click", function () {
    var now = root.getAttribute("data-theme") || (dark.matches ? "dark" : "light");
    var next = now === "dark" ? "light" : "dark";
    theme(next);
    try { localStorage.setItem("wsconform-theme", next); } catch (e) { /* the choice lasts as long as the page */ }
  });

  // Filters. A list is a section with items; an item is shown if it holds every word and has a chosen verdict.
  function list(form) {
    var section = form.parentElement;
    var items = Array.prototype.slice.call(section.querySelectorAll("details.item"));
    var files = Array.prototype.slice.call(section.querySelectorAll("details.file"));
    var input = form.querySelector("input");
    var buttons = Array.prototype.slice.call(form.querySelectorAll("button[data-verdict]"));
    var selects = Array.prototype.slice.call(form.querySelectorAll("select"));
    var texts = null; // made at the first search: it is the costly part
    var opened = null; // which files were open before the filter opened its own

    function verdicts(item, target) {
      if (target !== "") { return [item.getAttribute("data-verdicts").split(" ")[Number(target)]]; }
      return [item.getAttribute("data-verdict")];
    }
    function apply() {
      var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      var chosen = buttons.filter(function (b) { return b.getAttribute("aria-pressed") === "true"; })
        .map(function (b) { return b.getAttribute("data-verdict"); });
      var target = "", kind = "";
      selects.forEach(function (s) { if (s.dataset.field === "target") { target = s.value; } else { kind = s.value; } });
      if (words.length && !texts) {
        texts = items.map(function (i) { return (i.id + " " + i.textContent).toLowerCase(); });
      }
      var shown = 0;
      items.forEach(function (item, n) {
        var fits = (!kind || item.dataset.kind === kind) &&
          (!chosen.length || verdicts(item, target).some(function (v) { return chosen.indexOf(v) >= 0; })) &&
          words.every(function (w) { return texts[n].indexOf(w) >= 0; });
        item.hidden = !fits;
        shown += fits ? 1 : 0;
      });
      var filtering = Boolean(words.length || chosen.length || kind);
      if (filtering && !opened) { opened = files.map(function (f) { return f.open; }); }
      files.forEach(function (file, n) {
        var any = file.querySelector("details.item:not([hidden])");
        file.hidden = !any;
        if (filtering) { file.open = Boolean(any); } else if (opened) { file.open = opened[n]; }
      });
      if (!filtering) { opened = null; }
      section.classList.toggle("filtering", filtering);
      section.querySelector(".none").hidden = shown > 0;
      form.querySelector(".found").textContent = filtering ? shown + " of " + items.length : "";
    }
    function choose(verdict, target) {
      buttons.forEach(function (b) { b.setAttribute("aria-pressed", String(b.getAttribute("data-verdict") === verdict)); });
      selects.forEach(function (s) { s.value = s.dataset.field === "target" && target ? target : ""; });
      input.value = "";
      apply();
    }
    var later = 0;
    input.addEventListener("input", function () { clearTimeout(later); later = setTimeout(apply, 120); });
    form.addEventListener("submit", function (e) { e.preventDefault(); apply(); });
    selects.forEach(function (s) { s.addEventListener("change", apply); });
    buttons.forEach(function (b) {
      b.addEventListener("click", function () {
        b.setAttribute("aria-pressed", String(b.getAttribute("aria-pressed") !== "true"));
        apply();
      });
    });
    return { choose: choose, input: input };
  }
  var lists = {};
  document.querySelectorAll("form.filter").forEach(function (form) { lists[form.dataset.list] = list(form); });

  // A link to something folded or filtered away shows it.
  function arrive() {
    var id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch (e) { /* not encoded: it is the id itself */ }
    var at = id ? document.getElementById(id) : null;
    if (!at) { return; }
    var item = at.closest("details.item");
    if (item && item.hidden) { lists[item.classList.contains("case") ? "case" : "clause"].choose("", ""); }
    for (var up = at; up; up = up.parentElement) { if (up.tagName === "DETAILS") { up.open = true; } }
    if (at.closest("details")) { at.scrollIntoView(); }
  }
  window.addEventListener("hashchange", arrive);
  document.addEventListener("click", function (e) {
    var link = e.target.closest ? e.target.closest("a[href^='#'], button.copy, .more button") : null;
    if (!link) { return; }
    if (link.closest(".more")) {
      link.closest("tbody").nextElementSibling.classList.add("shown");
      link.closest("tbody").hidden = true;
      return;
    }
    if (link.classList.contains("copy")) {
      var code = link.parentElement.querySelector("code");
      getSelection().selectAllChildren(code);
      if (navigator.clipboard) { navigator.clipboard.writeText(code.textContent).catch(function () { /* it is selected */ }); }
      link.textContent = "copied";
      return;
    }
    if (link.dataset.showCase) { lists["case"].choose(link.dataset.showCase, link.dataset.showTarget); }
    if (link.dataset.showClause) { lists.clause.choose(link.dataset.showClause, ""); }
    if (link.getAttribute("href") === location.hash) { arrive(); } // no hashchange comes then
  });
  document.addEventListener("keydown", function (e) {
    if (e.key === "/" && !e.ctrlKey && !e.metaKey && !/^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) {
      e.preventDefault();
      lists["case"].input.focus();
      document.getElementById("cases").scrollIntoView();
    }
  });
  arrive();
})();
