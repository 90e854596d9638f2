import { stableJson } from '@cello/kit'
import type { DeploymentSpec, ObservedDefinition } from '@cello/model'

/** Whether a committed or approved definition is the wanted one, its sequence aside. */
export function isSameDefinition(contract: DeploymentSpec, seen: ObservedDefinition): boolean {
  const view = (definition: DeploymentSpec | ObservedDefinition) => ({
    version: definition.version,
    policy: definition.policy ?? null,
    initRequired: definition.initRequired,
    collections: [...definition.collections].sort((a, b) => (a.name < b.name ? -1 : 1)),
  })
  return stableJson(view(contract)) === stableJson(view(seen))
}
