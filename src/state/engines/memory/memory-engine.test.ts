import { engineContract, storeContract } from '../../contract.ts'
import { memoryEngines, survivingMemoryEngines } from './memory-engine.ts'

engineContract('memory', () => memoryEngines, { survives: false })
engineContract('memory that survives', () => survivingMemoryEngines(), { survives: true })
storeContract('memory', () => memoryEngines)
storeContract('memory that survives', () => survivingMemoryEngines())
