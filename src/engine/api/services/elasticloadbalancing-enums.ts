import {
  ActionTypeEnum,
  AdvertiseTrustStoreCaNamesEnum,
  AuthenticateCognitoActionConditionalBehaviorEnum,
  AuthenticateOidcActionConditionalBehaviorEnum,
  DescribeTargetHealthInputIncludeEnum,
  EnablePrefixForIpv6SourceNatEnum,
  IpAddressType,
  JwtValidationActionAdditionalClaimFormatEnum,
  LoadBalancerSchemeEnum,
  LoadBalancerTypeEnum,
  ProtocolEnum,
  RedirectActionStatusCodeEnum,
  SourceIpAddressTypeEnum,
  TargetGroupIpAddressTypeEnum,
  TargetTypeEnum,
  TransformTypeEnum,
  TrustStoreAssociationStatusEnum,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { EnumMembers } from '../shape.ts';

/** The members of inputs that have a fixed set of values, by structure. A test holds this against the SDK's types. */
export const elasticloadbalancingEnums: EnumMembers = {
  CreateLoadBalancerInput: {
    Scheme: LoadBalancerSchemeEnum,
    Type: LoadBalancerTypeEnum,
    IpAddressType,
    EnablePrefixForIpv6SourceNat: EnablePrefixForIpv6SourceNatEnum,
  },
  CreateListenerInput: { Protocol: ProtocolEnum },
  Action: { Type: ActionTypeEnum },
  AuthenticateOidcActionConfig: { OnUnauthenticatedRequest: AuthenticateOidcActionConditionalBehaviorEnum },
  AuthenticateCognitoActionConfig: {
    OnUnauthenticatedRequest: AuthenticateCognitoActionConditionalBehaviorEnum,
  },
  RedirectActionConfig: { StatusCode: RedirectActionStatusCodeEnum },
  JwtValidationActionAdditionalClaim: { Format: JwtValidationActionAdditionalClaimFormatEnum },
  MutualAuthenticationAttributes: {
    TrustStoreAssociationStatus: TrustStoreAssociationStatusEnum,
    AdvertiseTrustStoreCaNames: AdvertiseTrustStoreCaNamesEnum,
  },
  ModifyListenerInput: { Protocol: ProtocolEnum },
  SourceIpConditionConfig: { IpAddressType: SourceIpAddressTypeEnum },
  RuleTransform: { Type: TransformTypeEnum },
  CreateTargetGroupInput: {
    Protocol: ProtocolEnum,
    HealthCheckProtocol: ProtocolEnum,
    TargetType: TargetTypeEnum,
    IpAddressType: TargetGroupIpAddressTypeEnum,
  },
  ModifyTargetGroupInput: { HealthCheckProtocol: ProtocolEnum },
  DescribeSSLPoliciesInput: { LoadBalancerType: LoadBalancerTypeEnum },
  DescribeTargetHealthInput: { Include: DescribeTargetHealthInputIncludeEnum },
};
