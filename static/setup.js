// The first start: chooses the time zone of this computer. The page has no frame and no modules.
const field = document.querySelector("[data-local-time-zone]");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (field && [...field.options].some((option) => option.value === here)) {
  field.value = here;
}
