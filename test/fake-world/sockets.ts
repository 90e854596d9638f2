import { join } from 'node:path'

/** Where a world's process listens. */
export function worldSockets(folder: string): { readonly nodes: string; readonly ledgers: string } {
  return { nodes: join(folder, 'nodes.sock'), ledgers: join(folder, 'ledgers.sock') }
}
