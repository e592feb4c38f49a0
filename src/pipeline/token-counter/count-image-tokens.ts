import type { ImageRule } from './image-rules.js';
import type { ImageSize } from './read-image-size.js';

type PatchRule = Extract<ImageRule, { kind: 'patches' }>;

const TILE = 512;
const TILED_EDGE = 2_048;
const TILED_SHORT_EDGE = 768;
/** 2048 by 768. */
const MAX_TILES = 8;

/** The most that any image can cost. */
export function boundImageTokens(rule: ImageRule): number {
  return rule.kind === 'tiles'
    ? rule.baseTokens + MAX_TILES * rule.tileTokens
    : Math.ceil((rule.maxPatches * rule.percent) / 100);
}

export function countImageTokens(size: ImageSize, rule: ImageRule): number {
  return rule.kind === 'tiles'
    ? rule.baseTokens + countTiles(size) * rule.tileTokens
    : Math.ceil((countPatches(size, rule) * rule.percent) / 100);
}

function countTiles({ width, height }: ImageSize): number {
  const fit = Math.min(1, TILED_EDGE / Math.max(width, height));
  const shrink = Math.min(1, TILED_SHORT_EDGE / (Math.min(width, height) * fit)) * fit;
  return Math.ceil(Math.round(width * shrink) / TILE) * Math.ceil(Math.round(height * shrink) / TILE);
}

function countPatches(size: ImageSize, rule: PatchRule): number {
  const fitted = scale(size, Math.min(1, rule.maxEdge / Math.max(size.width, size.height)));
  const whole = coverWithPatches(fitted, rule.side);
  if (whole <= rule.maxPatches) return whole;
  const shrunk = rule.scaling === 'stepwise' ? shrinkStepwise(fitted, rule) : shrinkToLargest(fitted, rule);
  return Math.min(rule.maxPatches, coverWithPatches(shrunk, rule.side));
}

function scale({ width, height }: ImageSize, factor: number): ImageSize {
  return { width: Math.round(width * factor), height: Math.round(height * factor) };
}

function coverWithPatches({ width, height }: ImageSize, side: number): number {
  return Math.max(1, Math.ceil(width / side)) * Math.max(1, Math.ceil(height / side));
}

/** OpenAI's steps B and C: to the area of the budget, then so that one edge is a whole number of patches. */
function shrinkStepwise({ width, height }: ImageSize, { side, maxPatches }: PatchRule): ImageSize {
  const factor = Math.sqrt((side * side * maxPatches) / (width * height));
  const columns = (width * factor) / side;
  const rows = (height * factor) / side;
  const adjusted = factor * Math.min(Math.floor(columns) / columns, Math.floor(rows) / rows);
  return { width: Math.floor(width * adjusted), height: Math.floor(height * adjusted) };
}

/** Bisects the scale; a pixel more or less does not matter after 24 steps. */
function shrinkToLargest(size: ImageSize, { side, maxPatches }: PatchRule): ImageSize {
  let fits = 0;
  let exceeds = 1;
  for (let step = 0; step < 24; step += 1) {
    const middle = (fits + exceeds) / 2;
    if (coverWithPatches(scale(size, middle), side) <= maxPatches) fits = middle;
    else exceeds = middle;
  }
  return scale(size, fits);
}
