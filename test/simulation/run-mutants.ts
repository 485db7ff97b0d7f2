import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { mutants } from './mutants.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
/** So many run at a time. */
const CHILDREN_MAX = 2
/** A run ends by itself, whatever the bug: virtual time and events are limited. Longer than this only a machine takes that is too busy. */
const CHILD_TIMEOUT_MS = 600_000

interface Verdict {
  readonly isFound: boolean
  readonly text: string
}

/** Runs every mutant until it is found, and prints where that was. Gives the number of those that were not. */
export async function runMutants(seeds: number, print: (line: string) => void): Promise<number> {
  const waiting = [...mutants]
  let missed = 0
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const { name } = mutant
      const { isFound, text } = await runMutant(name, Math.max(seeds, mutant.seeds ?? 0))
      if (!isFound) missed++
      print(`${name.padEnd(48)} ${text}`)
    }
  }
  await Promise.all(Array.from({ length: CHILDREN_MAX }, work))
  print(`${mutants.length} mutants, ${missed} not found`)
  return missed
}

function runMutant(name: string, seeds: number): Promise<Verdict> {
  const args = [...process.execArgv, main, '--mutant', name, '--from', '1', '--seeds', String(seeds), '--stop-at-first']
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: CHILD_TIMEOUT_MS })
    let output = ''
    child.stdout.on('data', (chunk) => (output += String(chunk)))
    child.stderr.on('data', (chunk) => (output += String(chunk)))
    child.on('error', reject)
    child.on('close', (code) => {
      const failure = /^seed (\d+) failed.*\n(.*)/m.exec(output)
      if (code === 0) resolve({ isFound: false, text: `NOT FOUND within ${seeds} seeds` })
      else if (code === null) resolve({ isFound: false, text: `NOT FOUND within ${CHILD_TIMEOUT_MS / 1000} s` })
      else if (code === 1 && failure !== null)
        resolve({ isFound: true, text: `found at seed ${failure[1]}: ${failure[2]!.trim().slice(0, 150)}` })
      else resolve({ isFound: false, text: `could not be run: ${output.trim()}` })
    })
  })
}
