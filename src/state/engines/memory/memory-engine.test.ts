import { engineContract } from '../../contract.ts'
import { memoryEngines, survivingMemoryEngines } from './memory-engine.ts'

engineContract('memory', () => memoryEngines, { survives: false })
engineContract('memory that survives', () => survivingMemoryEngines(), { survives: true })
