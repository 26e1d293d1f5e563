// A search field of select2 is read out by its label: select2 itself names only what was chosen, which is nothing at first.
"use strict";

const nameSearchFields = () => {
  for (const box of document.querySelectorAll(".select2-selection")) {
    const field = box.closest(".select2-container")?.previousElementSibling;
    const label = field?.id ? document.querySelector(`label[for="${CSS.escape(field.id)}"]`) : null;
    const name = label?.textContent.replace("*", "").trim();
    if (!name) continue;
    box.setAttribute("aria-label", name);
    box.removeAttribute("aria-labelledby");
    const shown = box.querySelector(".select2-selection__rendered");
    shown?.removeAttribute("role");
    shown?.removeAttribute("aria-readonly");
  }
};

// jQuery runs what waits for the page a moment later than the browser says: where everything comes from the browser's store that is
// after "load". What is asked of it now comes after the handlers that make the fields.
window.addEventListener("load", () => window.django?.jQuery?.(nameSearchFields));
