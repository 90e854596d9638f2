/** For tests only: the vectors in test/vectors/config. */
import { readFileSync } from 'node:fs'
import { common } from '@hyperledger/fabric-protos'
import { type ChannelSpec, configFromBlock } from '../config/index.ts'
import { type VectorName, type VectorSpecs, withVersions } from './sample-updates.ts'

export const vectorFolder = new URL('../../../test/vectors/config/', import.meta.url)
export const vectorNames: readonly VectorName[] = ['raft', 'bft', 'wide']

export interface PolicyVectors {
  /** Text to hexadecimal `common.SignaturePolicyEnvelope`. */
  readonly accepted: Readonly<Record<string, string>>
  /** Texts that configtxgen refuses. */
  readonly refused: readonly string[]
}

export function readVectorBytes(file: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(file, vectorFolder)))
}

export function readVectorText(file: string): string {
  return readFileSync(new URL(file, vectorFolder), 'utf8')
}

export function vectorSpec(name: VectorName): ChannelSpec {
  const spec: ChannelSpec = JSON.parse(readVectorText(`${name}.spec.json`))
  return spec
}

export function vectorSpecs(): VectorSpecs {
  return { raft: vectorSpec('raft'), bft: vectorSpec('bft'), wide: vectorSpec('wide') }
}

export function vectorBlock(file: string): common.Block {
  return common.Block.deserializeBinary(readVectorBytes(file))
}

/** The recorded config; that of `wide` with versions as on a channel that was changed before. */
export function vectorConfig(name: VectorName): common.Config {
  const { config } = configFromBlock(vectorBlock(`${name}.block`))
  return name === 'wide' ? withVersions(config) : config
}
