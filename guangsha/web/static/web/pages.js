// Makes pages quicker to use. Nothing here is needed: without scripts every page works and the server decides.
"use strict";

// fields that belong to an answer are shown with it (data-when="marital" data-when-is="20 21")
function showWhatApplies(form) {
  for (const part of form.querySelectorAll("[data-when]")) {
    const own = part.querySelector("[name]")?.name || "";
    const prefix = own.includes(".") ? own.slice(0, own.replace(/\.(year|month|day)$/, "").lastIndexOf(".") + 1) : "";
    const controls = form.querySelectorAll(`[name="${CSS.escape(prefix + part.dataset.when)}"]`);
    if (!controls.length) continue;
    const wanted = part.dataset.whenIs.split(" ");
    const given = [...controls].filter((c) => !["radio", "checkbox"].includes(c.type) || c.checked).map((c) => c.value);
    const applies = given.some((value) => wanted.includes(value));
    part.hidden = !applies;
    for (const control of part.querySelectorAll("input,select,textarea")) control.disabled = !applies;
  }
}

// pictures are shown before they are sent
function preview(input) {
  const place = document.querySelector(`[data-preview-of="${CSS.escape(input.id)}"]`);
  if (!place) return;
  place.replaceChildren();
  for (const file of input.files) {
    const figure = document.createElement("figure");
    if (file.type.startsWith("image/")) {
      const picture = document.createElement("img");
      picture.alt = "";
      const reader = new FileReader();
      reader.onload = () => { picture.src = reader.result; };
      reader.readAsDataURL(file);
      figure.append(picture);
    }
    const caption = document.createElement("figcaption");
    caption.textContent = `${file.name}（${Math.max(1, Math.round(file.size / 1024))} KB）`;
    figure.append(caption);
    place.append(figure);
  }
  place.hidden = !input.files.length;
}

document.addEventListener("change", (event) => {
  if (event.target.form) showWhatApplies(event.target.form);
  if (event.target.type === "file") preview(event.target);
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  if (event.target.matches("[data-check-all]"))
    for (const box of document.querySelectorAll(event.target.dataset.checkAll)) box.checked = event.target.checked;
});

// a second click on the same button sends nothing twice
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  window.setTimeout(() => { delete form.dataset.sent; }, 8000);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.forms) showWhatApplies(form);
  for (const button of document.querySelectorAll("[data-print][hidden]")) button.hidden = false;
  document.getElementById("faults")?.focus();
});
