import { SetMetadata } from '@nestjs/common';

export const TAKES_DOCUMENT = Symbol('takes a document');

/** The route takes a configuration document as text (YAML or JSON) instead of a JSON body; it comes as `request.text`. */
export const TakesDocument = () => SetMetadata(TAKES_DOCUMENT, true);
