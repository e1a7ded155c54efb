import { Controller, Get, Header, Inject, Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Describes } from './describes.js';
import { documentOf, type ApiDocument } from './document.js';
import { pageOf } from './page.js';
import { routesOf } from './routes.js';
import { STYLE } from './style.js';

/** The document, made once from the routes that the framework has; nothing changes after the start. */
@Injectable()
export class ApiDescription {
  private made: { readonly document: ApiDocument; readonly page: string } | undefined;

  constructor(@Inject(DiscoveryService) private readonly discovery: DiscoveryService) {}

  get(): { readonly document: ApiDocument; readonly page: string } {
    if (this.made === undefined) {
      const document = documentOf(routesOf(this.discovery));
      this.made = { document, page: pageOf(document) };
    }
    return this.made;
  }
}

/** Nothing but our own style sheet: the page needs no script, so none may run on it. */
const POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What this server takes and gives, for programs and for people. Open to everybody: it holds no secret. */
@Controller()
export class DocsController {
  constructor(@Inject(ApiDescription) private readonly description: ApiDescription) {}

  @Get('openapi.json')
  @Describes({ summary: 'This document, for programs', answer: 'application/json' })
  document(): ApiDocument {
    return this.description.get().document;
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', POLICY)
  @Describes({ summary: 'This document, for people', answer: 'text/html' })
  page(): string {
    return this.description.get().page;
  }

  @Get('docs/style.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Describes({ summary: 'How the page looks', answer: 'text/css' })
  style(): string {
    return STYLE;
  }
}
