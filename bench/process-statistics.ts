import { readFileSync } from 'node:fs'

const TICK_MS = 10

/** CPU time of all threads, in milliseconds, from the text of `/proc/<pid>/stat`; the kernel counts hundredths of a second. */
export function cpuMsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** CPU time of a process that lives, all threads, in milliseconds. */
export function cpuMsOfProcess(pid: number): number {
  return cpuMsOf(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

/** The most memory that a process has had so far, in MiB. */
export function peakMiBOfProcess(pid: number): number {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  if (peak === null) throw new Error(`Cannot read the peak memory of process ${pid}: the kernel does not tell it`)
  return Number(peak[1]) / 1024
}

/** The memory that a process has now, in MiB. */
export function residentMiBOfProcess(pid: number): number {
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  if (resident === null) throw new Error(`Cannot read the memory of process ${pid}: the kernel does not tell it`)
  return Number(resident[1]) / 1024
}
