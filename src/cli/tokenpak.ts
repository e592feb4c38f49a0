import 'reflect-metadata';
import { runCommandLine } from './run-command.js';
import { TERMINAL } from './terminal.js';

process.exitCode = await runCommandLine(process.argv.slice(2), process.env, TERMINAL);
