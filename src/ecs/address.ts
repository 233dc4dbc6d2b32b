/** Where the AWS API is spoken to: the only thing that differs between a laptop and AWS. */
export type EngineAddress =
  | {
      readonly kind: 'embedded';
      readonly endpoint: string;
      readonly region: string;
      readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    }
  /** Credentials come from the SDK's own provider chain. */
  | { readonly kind: 'aws'; readonly region: string };
