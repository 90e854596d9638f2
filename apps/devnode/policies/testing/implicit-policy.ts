/** For tests only: policies that ask the groups below. */
import { common } from '@hyperledger/fabric-protos'

/** @param subPolicy of the groups below, so many of which must be satisfied */
export function implicitPolicy(rule: keyof common.ImplicitMetaPolicy.RuleMap, subPolicy: string): common.Policy {
  const content = new common.ImplicitMetaPolicy()
  content.setSubPolicy(subPolicy)
  content.setRule(common.ImplicitMetaPolicy.Rule[rule])
  const policy = new common.Policy()
  policy.setType(common.Policy.PolicyType.IMPLICIT_META)
  policy.setValue(content.serializeBinary())
  return policy
}
