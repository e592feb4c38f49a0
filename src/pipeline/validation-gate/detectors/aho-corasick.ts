/** Units below this have a class of their own; others are read as two bytes, which keeps the table small. */
const ASCII = 128;
const HIGH_BYTES = ASCII;
const LOW_BYTES = ASCII + 256;
const SYMBOLS = ASCII + 512;

export interface AhoCorasickOptions {
  /** What a unit of text counts as; the words must be folded already. */
  foldUnit: ((unit: number) => number) | null;
}

interface TrieNode {
  children: Map<number, TrieNode>;
  /** Index of the word that ends here, or -1. */
  word: number;
  fail: TrieNode | null;
  /** Position among all nodes; those at which some word ends come last. */
  row: number;
  /** The longest proper suffix of this node at which a word ends. */
  shorter: TrieNode | null;
}

/**
 * Finds all occurrences of many words in one pass (Aho and Corasick, 1975), as a complete automaton: one table look-up
 * per unit of text, however many words there are and whatever the text is.
 */
export class AhoCorasick {
  private readonly symbolClasses = new Uint16Array(SYMBOLS);
  private readonly width: number;
  /** Per row and class: where the next row begins in this table. */
  private readonly next: Uint32Array;
  /** Rows that begin here or later are places where a word ends. */
  private readonly firstEnd: number;
  /** Per row: the word that ends there (-1 for none), and the row of the next shorter word that does too (0 for none). */
  private readonly words: Int32Array;
  private readonly shorter: Int32Array;

  /** @param words not empty, distinct. */
  constructor(
    words: readonly string[],
    private readonly options: AhoCorasickOptions,
  ) {
    const root = createNode();
    words.forEach((word, index) => addWord(root, word, index));
    this.width = this.assignClasses(words);
    const nodes = linkNodes(root);
    this.firstEnd = numberNodes(nodes) * this.width;
    this.next = this.buildTable(nodes);
    this.words = new Int32Array(nodes.length);
    this.shorter = new Int32Array(nodes.length);
    for (const node of nodes) {
      this.words[node.row] = node.word;
      this.shorter[node.row] = node.shorter?.row ?? 0;
    }
  }

  /** Calls `visit` with each word and the position after it, in the order of ends, at one end the longest word first. */
  scan(text: string, visit: (word: number, end: number) => void): void {
    const { next, symbolClasses, firstEnd } = this;
    const { foldUnit } = this.options;
    const { length } = text;
    let row = 0;
    for (let index = 0; index < length; index++) {
      let unit = text.charCodeAt(index);
      if (unit >= ASCII && foldUnit !== null) unit = foldUnit(unit);
      if (unit < ASCII) row = next[row + (symbolClasses[unit] as number)] as number;
      else {
        row = next[row + (symbolClasses[HIGH_BYTES + (unit >> 8)] as number)] as number;
        row = next[row + (symbolClasses[LOW_BYTES + (unit & 0xff)] as number)] as number;
      }
      if (row >= firstEnd) this.visitEnds(row / this.width, index + 1, visit);
    }
  }

  private visitEnds(row: number, end: number, visit: (word: number, end: number) => void): void {
    for (let place = row; place !== 0; place = this.shorter[place] as number) {
      const word = this.words[place] as number;
      if (word >= 0) visit(word, end);
    }
  }

  /** Symbols that no word has share class 0. Returns the number of classes. */
  private assignClasses(words: readonly string[]): number {
    const { symbolClasses } = this;
    let count = 1;
    for (const word of words) {
      for (const symbol of listSymbols(word))
        if (symbolClasses[symbol] === 0) symbolClasses[symbol] = count++;
    }
    const { foldUnit } = this.options;
    if (foldUnit === null) return count;
    for (let unit = 0; unit < ASCII; unit++) symbolClasses[unit] = symbolClasses[foldUnit(unit)] ?? 0;
    return count;
  }

  private buildTable(nodes: readonly TrieNode[]): Uint32Array {
    const { width, symbolClasses } = this;
    const table = new Uint32Array(nodes.length * width);
    // Breadth first: the row of a node's suffix is complete before it is copied.
    for (const { row, fail, children } of nodes) {
      const start = row * width;
      if (fail !== null) table.copyWithin(start, fail.row * width, (fail.row + 1) * width);
      for (const [symbol, child] of children) {
        table[start + (symbolClasses[symbol] as number)] = child.row * width;
      }
    }
    return table;
  }
}

function createNode(): TrieNode {
  return { children: new Map(), word: -1, fail: null, row: 0, shorter: null };
}

function listSymbols(word: string): number[] {
  const symbols: number[] = [];
  for (let index = 0; index < word.length; index++) {
    const unit = word.charCodeAt(index);
    if (unit < ASCII) symbols.push(unit);
    else symbols.push(HIGH_BYTES + (unit >> 8), LOW_BYTES + (unit & 0xff));
  }
  return symbols;
}

function addWord(root: TrieNode, word: string, index: number): void {
  let node = root;
  for (const symbol of listSymbols(word)) {
    let child = node.children.get(symbol);
    if (child === undefined) {
      child = createNode();
      node.children.set(symbol, child);
    }
    node = child;
  }
  node.word = index;
}

/** All nodes, breadth first, each linked to its longest proper suffix. */
function linkNodes(root: TrieNode): TrieNode[] {
  const nodes = [root];
  for (const node of nodes) {
    for (const [symbol, child] of node.children) {
      child.fail = findSuffix(node, symbol) ?? root;
      child.shorter = child.fail.word >= 0 ? child.fail : child.fail.shorter;
      nodes.push(child);
    }
  }
  return nodes;
}

function findSuffix(parent: TrieNode, symbol: number): TrieNode | null {
  for (let suffix = parent.fail; suffix !== null; suffix = suffix.fail) {
    const child = suffix.children.get(symbol);
    if (child !== undefined) return child;
  }
  return null;
}

/** The root is row 0. Returns the first row at which a word ends. */
function numberNodes(nodes: readonly TrieNode[]): number {
  const isEnd = (node: TrieNode) => node.word >= 0 || node.shorter !== null;
  const inner = nodes.filter((node) => !isEnd(node));
  const ends = nodes.filter(isEnd);
  [...inner, ...ends].forEach((node, row) => (node.row = row));
  return inner.length;
}
