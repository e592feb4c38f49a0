/** Results go to stdout, so that they can be piped; everything else to stderr. */
export interface Terminal {
  print: (line: string) => void;
  notify: (line: string) => void;
}

export const TERMINAL: Terminal = {
  print: (line) => void process.stdout.write(`${line}\n`),
  notify: (line) => void process.stderr.write(`${line}\n`),
};
