import { JSONSchema } from 'class-validator-jsonschema';

/** What a member means, for those who read the document and not the code. */
export const Says = (description: string): PropertyDecorator => JSONSchema({ description }) as PropertyDecorator;
