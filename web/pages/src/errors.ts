/** After a refused form, whoever uses a keyboard begins at what is to be mended, and not at the head of the page again. */
export function goToErrors(page: Document): void {
  page.getElementById("errors")?.focus();
}
