import { simulateSeed } from './simulate-seed.ts'

/** Which seeds are run, and where what is printed goes. */
export interface SeedRun {
  readonly from: number
  readonly seeds: number
  readonly isVerbose: boolean
  readonly stopsAtFirst: boolean
  readonly print: (line: string) => void
}

/** Runs seeds one after the other and prints those that fail, what they cost, and the last line. Gives the number of failures. */
export async function runSeeds({ from, seeds, isVerbose, stopsAtFirst, print }: SeedRun): Promise<number> {
  let failures = 0
  let count = 0
  let events = 0
  let worst = { cpuSeconds: 0, seed: from }
  const start = process.cpuUsage()
  for (let seed = from; seed < from + seeds; seed++) {
    const seedStart = process.cpuUsage()
    const result = await simulateSeed(seed, isVerbose ? print : null)
    const cpuSeconds = cpuSecondsSince(seedStart)
    // The first seeds pay for the compiler.
    if (count >= 10 && cpuSeconds > worst.cpuSeconds) worst = { cpuSeconds, seed }
    count++
    events += result.events
    if (isVerbose) print(`trace hash ${result.traceHash}, ${result.events} events, ${result.virtualMs} ms of virtual time`)
    if (result.problems.length === 0) continue
    failures++
    print(`seed ${seed} failed (${result.title})`)
    for (const problem of result.problems) print(`  ${problem}`)
    print(`  replay it with: npm run simulate -- --seed ${seed} --verbose`)
    if (stopsAtFirst) break
  }
  const mean = cpuSecondsSince(start) / count
  print(
    `CPU seconds per seed: ${mean.toFixed(3)} on average, ${worst.cpuSeconds.toFixed(3)} for seed ${worst.seed}; ${Math.round(events / count)} events per seed`,
  )
  print(`${count} seeds, ${failures} failures`)
  return failures
}

function cpuSecondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1e6
}
