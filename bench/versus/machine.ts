import { cpus, loadavg, totalmem } from 'node:os'

/** What is measured on, and how busy it is: a figure of a busy machine is not worth much. */
export function machineLine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown'
  const memoryGiB = Math.round(totalmem() / 2 ** 30)
  return `${model}, ${cpus().length} cores, ${memoryGiB} GiB, Node ${process.version}, load ${loadavg()[0]!.toFixed(1)}`
}
