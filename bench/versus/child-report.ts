import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Runs a program of ours that measures something, with arguments `name=value`, and gives what it prints, which is JSON. It is never profiled. */
export async function childReport<T>(program: string, options: Readonly<Record<string, string | number>>): Promise<T> {
  const args = Object.entries(options).map(([name, value]) => `${name}=${value}`)
  const env = { ...process.env, NODE_OPTIONS: '' }
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=ours-src', program, ...args], { env })
  return JSON.parse(stdout) as T
}
