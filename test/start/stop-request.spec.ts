import { setTimeout as sleep } from 'node:timers/promises';
import { StopRequest } from '../../src/start/stop-request.ts';

const SAME_SIGNAL_MS = 1_000;

it('asks to stop on the first signal and leaves at once on a later one', async () => {
  const stop = new StopRequest();
  const left: number[] = [];
  const leave = (exitCode: number): void => void left.push(exitCode);
  stop.receiveSignal('SIGINT', leave);
  await expect(stop.requested).resolves.toEqual({ text: 'SIGINT', exitCode: 0 });
  expect(stop.signal.aborted).toBe(true);
  expect(left).toEqual([]);
  await sleep(SAME_SIGNAL_MS + 50);
  stop.receiveSignal('SIGTERM', leave);
  stop.receiveSignal('SIGINT', leave);
  expect(left).toEqual([143, 130]);
});

it('takes one Ctrl-C for one, though terminal, npm and script each deliver it', () => {
  const stop = new StopRequest();
  const left: number[] = [];
  for (let copy = 0; copy < 3; copy += 1)
    stop.receiveSignal('SIGINT', (exitCode) => void left.push(exitCode));
  expect(left).toEqual([]);
});

it('keeps the first reason', async () => {
  const stop = new StopRequest();
  stop.request({ text: 'first', exitCode: 1 });
  stop.receiveSignal('SIGTERM', () => undefined);
  await expect(stop.requested).resolves.toEqual({ text: 'first', exitCode: 1 });
});
