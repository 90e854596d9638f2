import type { FileTree } from '@cello/fabric/identity'
import { secretPaths } from '@cello/fabric/identity'
import { Secret } from '@cello/kit'
import type { NodeSpec } from '@cello/ports'

/** The part of a node's specification that follows from what it is; where and by whom it runs is the caller's. */
export type NodeParts = Pick<NodeSpec, 'args' | 'env' | 'files' | 'secretFiles' | 'graceMs'> & {
  readonly sweep: NonNullable<NodeSpec['sweep']>
}

/** Folders of a node, absolute, or the driver's placeholders for them. */
export interface Places {
  /** What the node writes. */
  readonly data: string
  /** What it is given: configuration, certificates, keys. */
  readonly files: string
}

export const driverPlaces: Places = { data: '{data}', files: '{files}' }

/** Splits a tree into what may be seen and what may not. */
export function splitFiles(tree: FileTree): Pick<NodeParts, 'files' | 'secretFiles'> {
  const secrets = new Set(secretPaths(tree))
  const entries = Object.entries(tree)
  return {
    files: entries.filter(([path]) => !secrets.has(path)).map(([path, content]) => ({ path, content })),
    secretFiles: entries
      .filter(([path]) => secrets.has(path))
      .map(([path, content]) => ({ path, content: new Secret(content) })),
  }
}

/**
 * YAML in the form that JSON has: every text is quoted (Fabric reads YAML 1.1, where plain `no`, `1_000` and `12:30` mean
 * other things than here), and it is written in a fiftieth of the time, which counts when a network's nodes start together.
 */
export function yamlOf(document: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

/**
 * Environment of any Fabric node: where its file is, and log lines without the colours that Fabric writes by default. What
 * grpc-go says of each step of each connection would bury them.
 */
export function fabricEnvironment(places: Places): Record<string, string> {
  return {
    FABRIC_CFG_PATH: places.files,
    FABRIC_LOGGING_SPEC: 'info:grpc=warn',
    FABRIC_LOGGING_FORMAT: '%{time:2006-01-02T15:04:05.000Z07:00} %{level:.4s} [%{module}] %{message}',
  }
}
