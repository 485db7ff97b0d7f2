// What the peers that run on Node share: arguments, and telling how far they are. The twin of application/progress.ts, without types.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** The arguments `name=value`. */
export const options = Object.fromEntries(process.argv.slice(2).map((argument) => argument.split('=')))

/** Tells what has happened, with the time and the CPU time of all threads so far. */
export function say(what) {
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  process.stdout.write(`${Date.now()} ${(Number(fields[11]) + Number(fields[12])) * 10} ${what}\n`)
}

const all = Number(options.steps)
let done = 0

/** Counts records that were processed, and tells of the first, half of them and all. */
export function processed(count) {
  const before = done
  done += count
  if (before === 0 && done > 0) say('first')
  if (before < all / 2 && done >= all / 2) say('half')
  if (before < all && done >= all) say('all')
}

/** Whether this key is kept: its last character is even. */
export function isKept(key) {
  return (key[key.length - 1] & 1) === 0
}

/** Calls `close` when it is told to, and ends. */
export async function runUntilClosed(close) {
  for await (const order of createInterface({ input: process.stdin })) if (order === 'close') break
  await close()
  say('closed')
  process.exit()
}
