/**
 * Names that the dialects give to objects and lists. Below any other name everything is a text of the user: a place that
 * the dialects do not know has no ids and no media, only something that might be hidden there.
 */
export const STRUCTURE_NAMES: ReadonlySet<string> = createSet(
  'messages system content parts tool_calls function_call function functions custom tools tool_choice allowed_tools',
  'source image_url input_audio file audio cache_control citations citation annotations url_citation',
  'reasoning reasoning_details thinking response_format json_schema output_config output_format stream_options',
  'prediction choices message delta logprobs top_logprobs refusal usage error content_block caller',
  'prompt_tokens_details completion_tokens_details cache_creation server_tool_use',
);

/** Members whose values are written by machines for machines, where the dialects use them. */
export const IDENTIFIER_NAMES: ReadonlySet<string> = createSet(
  'id call_id tool_call_id tool_use_id file_id response_id previous_response_id type role object model status',
  'finish_reason stop_reason service_tier system_fingerprint reasoning_effort effort detail media_type mime_type',
  'format ttl',
);

/** Signed, encrypted or drawn at random by the provider, in base64: they say nothing to anybody else. */
export const SEALED_NAMES: ReadonlySet<string> = createSet(
  'signature thought_signature encrypted_content encrypted_index obfuscation',
);

/** Names that say nothing, wherever they stand: those of the dialects, and those of JSON Schema. */
export const FIXED_NAMES: ReadonlySet<string> = new Set([
  ...STRUCTURE_NAMES,
  ...IDENTIFIER_NAMES,
  ...SEALED_NAMES,
  ...createSet(
    'text name input arguments description parameters input_schema schema data url user_id metadata strict title index',
    'properties required items enum const default examples anyOf oneOf allOf not additionalProperties',
    'patternProperties propertyNames prefixItems contains if then else minimum maximum exclusiveMinimum',
    'exclusiveMaximum multipleOf minLength maxLength pattern minItems maxItems uniqueItems minProperties',
    'maxProperties nullable deprecated readOnly writeOnly $schema $id $ref $defs definitions $comment',
  ),
]);

function createSet(...lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.flatMap((line) => line.split(' ')));
}
