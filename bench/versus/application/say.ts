import { readFileSync } from 'node:fs'
import { cpuMsOf } from '../../process-statistics.ts'

/** Tells the process that measures what has happened, with the time and the CPU time of all threads so far. */
export function say(what: string): void {
  process.stdout.write(`${Date.now()} ${cpuMsOf(readFileSync('/proc/self/stat', 'utf8'))} ${what}\n`)
}
