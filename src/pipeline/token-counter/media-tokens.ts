import type { MediaSource, NativePart } from '../../chat/native-request.js';
import { boundImageTokens, countImageTokens } from './count-image-tokens.js';
import { findImageRule } from './image-rules.js';
import { readImageSize } from './read-image-size.js';

type MediaPart = Extract<NativePart, { type: 'image' | 'document' | 'audio' }>;
type DocumentPart = Extract<NativePart, { type: 'document' }>;
type AudioPart = Extract<NativePart, { type: 'audio' }>;

/** What a model is, as far as media go. */
export interface MediaReader {
  upstreamModel: string;
  family: 'openai' | 'anthropic';
}

/** A page goes in as text and as an image. Claude 5.5 was measured at 1,600 (scan) to 2,500 (table) tokens a page. */
const TYPICAL_TOKENS_PER_PAGE = 2_400;
const MAX_TOKENS_PER_PAGE = 6_000;
/** Anthropic takes 100 pages for models with a context of 200,000 tokens; longer contexts take 600. */
const MAX_PAGES = 100;
const TYPICAL_BYTES_PER_PAGE = 20_000;
/** A page with hardly any text still has its object, its stream and its place in the table. */
const MIN_BYTES_PER_PAGE = 1_000;

/** OpenAI counts 10 tokens a second of audio. */
const AUDIO_TOKENS_PER_SECOND = 10;
/** MP3 at its lowest bit rate, 8 kbit/s, is 1,000 bytes a second; speech is usually sent at 32 kbit/s or as PCM. */
const MIN_AUDIO_BYTES_PER_SECOND = 1_000;
const TYPICAL_AUDIO_BYTES_PER_SECOND = 4_000;

/** Characters of base64 in the part, which stand in the body and are no text. */
export function countBase64Characters(part: MediaPart): number {
  if (part.type === 'audio') return part.data.length;
  return part.source.kind === 'base64' ? part.source.data.length : 0;
}

/**
 * The most tokens that the part can cost. Sound for images, whatever their size; for documents where a page takes 1,000
 * bytes or more and a document behind a URL or file id has at most 100 pages; for audio at 8 kbit/s or more.
 */
export function boundMediaTokens(part: MediaPart, reader: MediaReader): number {
  switch (part.type) {
    case 'image':
      return boundImageTokens(findImageRule(reader.upstreamModel, reader.family, part.detail));
    case 'document':
      return boundDocument(part);
    case 'audio':
      return countSeconds(part, MIN_AUDIO_BYTES_PER_SECOND) * AUDIO_TOKENS_PER_SECOND;
  }
}

/** What the part probably costs. */
export function estimateMediaTokens(part: MediaPart, reader: MediaReader): number {
  switch (part.type) {
    case 'image': {
      const rule = findImageRule(reader.upstreamModel, reader.family, part.detail);
      const size = part.source.kind === 'base64' ? readImageSize(part.source.data) : null;
      return size === null ? boundImageTokens(rule) : countImageTokens(size, rule);
    }
    case 'document':
      return countPages(part.source, TYPICAL_BYTES_PER_PAGE) * TYPICAL_TOKENS_PER_PAGE;
    case 'audio':
      return countSeconds(part, TYPICAL_AUDIO_BYTES_PER_SECOND) * AUDIO_TOKENS_PER_SECOND;
  }
}

/** A document's text, where it has one, is counted as text. */
function boundDocument(part: DocumentPart): number {
  const pages = part.source.kind === 'base64' ? countPages(part.source, MIN_BYTES_PER_PAGE) : MAX_PAGES;
  return part.source.kind === 'text' ? 0 : pages * MAX_TOKENS_PER_PAGE;
}

/** One page where nothing is known. */
function countPages(source: MediaSource, bytesPerPage: number): number {
  if (source.kind === 'text') return 0;
  if (source.kind !== 'base64') return 1;
  return Math.min(MAX_PAGES, Math.max(1, Math.ceil(countBytes(source.data) / bytesPerPage)));
}

function countSeconds(part: AudioPart, bytesPerSecond: number): number {
  return Math.ceil(countBytes(part.data) / bytesPerSecond);
}

function countBytes(base64: string): number {
  return Math.ceil((base64.length * 3) / 4);
}
