export interface DataUrl {
  mediaType: string;
  data: string;
}

/** A media type and its parameters are short; a longer head is not a data URL that anybody meant. */
const MAX_HEAD_LENGTH = 256;

/** The parts of `data:image/png;base64,...`, or null for any other URL, also for data URLs that are not base64. */
export function findDataUrl(url: string): DataUrl | null {
  if (!url.startsWith('data:')) return null;
  const comma = url.indexOf(',');
  if (comma < 0 || comma > MAX_HEAD_LENGTH) return null;
  const [mediaType, ...parameters] = url.slice('data:'.length, comma).split(';');
  if (mediaType === undefined || parameters.at(-1) !== 'base64') return null;
  return { mediaType: mediaType === '' ? 'text/plain' : mediaType.toLowerCase(), data: url.slice(comma + 1) };
}

export function renderDataUrl(mediaType: string, data: string): string {
  return `data:${mediaType};base64,${data}`;
}
