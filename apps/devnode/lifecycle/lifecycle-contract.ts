/** Fabric's contract `_lifecycle`: who may call it, and how its functions are found (core/chaincode/lifecycle/scc.go). */
import type { AccessControl } from '../access/access.ts'
import type { Contract, Invocation } from '../contracts/contract.ts'
import { answering, ContractRefusal, messageOf, signedDataOf } from '../system-contracts/answers.ts'
import { hasLifecycle } from './channel-policies.ts'
import { definitionFunctions } from './definition-functions.ts'
import { packageFunctions } from './package-functions.ts'
import type { LifecycleFunction, LifecycleParts } from './parts.ts'
import { lifecycleNamespace } from './state-views.ts'

const functions: ReadonlyMap<string, LifecycleFunction> = new Map(
  Object.entries({ ...packageFunctions, ...definitionFunctions }),
)

export function lifecycleContract(parts: LifecycleParts): Contract {
  return answering(async (invocation) => {
    const { args } = invocation
    if (args.length === 0) throw new ContractRefusal('lifecycle scc must be invoked with arguments')
    const [nameBytes, input] = args
    if (!nameBytes || !input || args.length !== 2) {
      throw new ContractRefusal(`lifecycle scc operations require exactly two arguments but received ${args.length}`)
    }
    checkChannel(invocation)
    const name = Buffer.from(nameBytes).toString('utf8')
    checkAccess(parts.access, name, invocation)
    const call = functions.get(name)
    try {
      if (!call) throw new Error(`receiver *lifecycle.Invocation.${name} does not exist`)
      return await call(parts, input, invocation)
    } catch (error) {
      if (error instanceof ContractRefusal) throw error
      throw new ContractRefusal(`failed to invoke backing implementation of '${name}': ${messageOf(error)}`, {
        cause: error,
      })
    }
  })
}

function checkChannel({ channel }: Invocation): void {
  if (!channel) return
  if (!channel.config.hasApplication) {
    throw new ContractRefusal(`could not get application config for channel '${channel.name}'`)
  }
  if (hasLifecycle(channel.config)) return
  throw new ContractRefusal(
    `cannot use new lifecycle for channel '${channel.name}' as it does not have the required capabilities enabled`,
  )
}

function checkAccess(access: AccessControl, name: string, invocation: Invocation): void {
  const resource = `${lifecycleNamespace}/${name}`
  try {
    if (invocation.channel) access.checkChannel(invocation.channel, resource, signedDataOf(invocation))
    else access.checkLocal(resource, signedDataOf(invocation))
  } catch (error) {
    throw new ContractRefusal(`Failed to authorize invocation due to failed ACL check: ${messageOf(error)}`, {
      cause: error,
    })
  }
}
