export type CsvCell = string | number | boolean | null | undefined;

/** What a spreadsheet takes for the beginning of a formula, in the wide forms of East Asian keyboards too. */
const FORMULA_START = /^[=+\-@\t\r\n＝＋－＠]/;

/** One line of RFC 4180 with its end; text that a spreadsheet could take for a formula is prefixed with an apostrophe. */
export function renderCsvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(renderCell).join(',')}\r\n`;
}

function renderCell(value: CsvCell): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  const safe = typeof value === 'string' && FORMULA_START.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
