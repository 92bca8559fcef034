// Makes sdk-parameters.json: the parameters of Stripe's calls as JSON schemas, read from the TypeScript declarations of
// the official SDK. Each version of the SDK declares the parameters of one API version.
//
// Usage: node generate_parameters.mjs PACKAGES >sdk-parameters.json
// PACKAGES has the npm package typescript, and the SDK as stripe14, stripe17 and stripe.
import { createRequire } from 'node:module';
import path from 'node:path';

const packages = path.resolve(process.argv[2]);
const ts = createRequire(path.join(packages, 'package.json'))('typescript');

const sdks = [
    { version: '2023-08-16', entry: 'stripe14/types/index.d.ts' },
    { version: '2024-04-10', entry: 'stripe17/types/index.d.ts' },
    { version: '2026-10-28.endive', entry: 'stripe/esm/stripe.esm.node.d.ts' },
];

// Calls, their interfaces, and how many levels of objects are described; deeper ones are open.
const invoices = {
    'POST /v1/invoices': ['InvoiceCreateParams', 3],
    'POST /v1/invoices/{invoice}': ['InvoiceUpdateParams', 3],
    'POST /v1/invoices/{invoice}/finalize': ['InvoiceFinalizeInvoiceParams', 3],
    'POST /v1/invoices/{invoice}/pay': ['InvoicePayParams', 3],
    'POST /v1/invoices/{invoice}/add_lines': ['InvoiceAddLinesParams', 4],
    'POST /v1/invoices/{invoice}/update_lines': ['InvoiceUpdateLinesParams', 4],
    'POST /v1/invoices/{invoice}/remove_lines': ['InvoiceRemoveLinesParams', 4],
    'GET /v1/invoices': ['InvoiceListParams', 3],
    'POST /v1/invoiceitems': ['InvoiceItemCreateParams', 3],
    'POST /v1/invoiceitems/{invoiceitem}': ['InvoiceItemUpdateParams', 3],
    'GET /v1/invoiceitems': ['InvoiceItemListParams', 3],
    'POST /v1/customers': ['CustomerCreateParams', 3],
    'POST /v1/customers/{customer}': ['CustomerUpdateParams', 3],
};
const payments = {
    'POST /v1/credit_notes': ['CreditNoteCreateParams', 3],
    'GET /v1/credit_notes/preview': ['CreditNotePreviewParams', 3],
    'GET /v1/credit_notes/preview/lines': ['CreditNoteListPreviewLineItemsParams|CreditNotePreviewLinesParams', 3],
    'GET /v1/credit_notes/{id}/lines': ['CreditNoteListLineItemsParams|CreditNoteLineItemListParams', 2],
    'POST /v1/credit_notes/{id}': ['CreditNoteUpdateParams', 2],
    'POST /v1/payment_intents': ['PaymentIntentCreateParams', 1],
    'POST /v1/payment_intents/{intent}': ['PaymentIntentUpdateParams', 1],
    'POST /v1/payment_intents/{intent}/confirm': ['PaymentIntentConfirmParams', 1],
    'POST /v1/payment_intents/{intent}/capture': ['PaymentIntentCaptureParams', 1],
    'POST /v1/payment_intents/{intent}/cancel': ['PaymentIntentCancelParams', 1],
    'POST /v1/setup_intents': ['SetupIntentCreateParams', 1],
    'POST /v1/setup_intents/{intent}/confirm': ['SetupIntentConfirmParams', 1],
    'POST /v1/setup_intents/{intent}/cancel': ['SetupIntentCancelParams', 1],
    'POST /v1/customers/{customer}/sources': ['CustomerSourceCreateParams|CustomerCreateSourceParams', 1],
    'POST /v1/customers/{customer}/sources/{id}': ['CustomerSourceUpdateParams|CustomerUpdateSourceParams', 1],
    'POST /v1/charges': ['ChargeCreateParams', 1],
    'POST /v1/charges/{charge}': ['ChargeUpdateParams', 1],
    'POST /v1/charges/{charge}/capture': ['ChargeCaptureParams', 1],
    'POST /v1/refunds/{refund}': ['RefundUpdateParams', 1],
    'POST /v1/disputes/{dispute}': ['DisputeUpdateParams', 1],
    'POST /v1/disputes/{dispute}/close': ['DisputeCloseParams', 1],
    'GET /v1/payment_records/{id}': ['PaymentRecordRetrieveParams', 2],
    'POST /v1/payment_records/report_payment': ['PaymentRecordReportPaymentParams', 3],
    'POST /v1/payment_records/{id}/report_payment_attempt_guaranteed': ['PaymentRecordReportPaymentAttemptGuaranteedParams', 2],
    'POST /v1/payment_records/{id}/report_payment_attempt_failed': ['PaymentRecordReportPaymentAttemptFailedParams', 2],
    'POST /v1/payment_records/{id}/report_refund': ['PaymentRecordReportRefundParams', 2],
    'POST /v1/products': ['ProductCreateParams', 2],
    'POST /v1/products/{id}': ['ProductUpdateParams', 2],
    'POST /v1/prices': ['PriceCreateParams', 2],
    'POST /v1/prices/{price}': ['PriceUpdateParams', 2],
    'POST /v1/plans': ['PlanCreateParams', 2],
    'POST /v1/plans/{plan}': ['PlanUpdateParams', 2],
    'POST /v1/coupons': ['CouponCreateParams', 2],
    'POST /v1/coupons/{coupon}': ['CouponUpdateParams', 2],
    'POST /v1/tax_rates': ['TaxRateCreateParams', 2],
    'POST /v1/tax_rates/{tax_rate}': ['TaxRateUpdateParams', 2],
    'POST /v1/promotion_codes': ['PromotionCodeCreateParams', 2],
    'POST /v1/promotion_codes/{promotion_code}': ['PromotionCodeUpdateParams', 2],
};
// The parameters of invoices at the first and the last version are in openapi-subset.json.
const callsOf = (version) => (version === '2024-04-10' ? { ...invoices, ...payments } : payments);

// Numbers with a fraction, which the declarations do not tell from whole ones.
const fractions = new Set(['percent_off', 'percentage']);

class Reader {
    constructor(entry) {
        this.program = ts.createProgram([path.join(packages, 'node_modules', entry)], { types: ['node'], typeRoots: [path.join(packages, 'node_modules/@types')], moduleResolution: ts.ModuleResolutionKind.NodeNext, module: ts.ModuleKind.NodeNext, strict: true });
        this.checker = this.program.getTypeChecker();
        this.interfaces = new Map();
        const visit = (node) => {
            if (ts.isInterfaceDeclaration(node) && !this.interfaces.has(node.name.text)) this.interfaces.set(node.name.text, node);
            if (ts.isSourceFile(node) || ts.isModuleDeclaration(node) || ts.isModuleBlock(node)) ts.forEachChild(node, visit);
        };
        for (const file of this.program.getSourceFiles()) if (file.fileName.includes('/stripe')) visit(file);
    }

    schemaOf(names, depth) {
        const name = names.split('|').find((one) => this.interfaces.has(one));
        if (name === undefined) return undefined;
        return this.object(this.checker.getTypeAtLocation(this.interfaces.get(name)), depth, true);
    }

    object(type, depth, closed) {
        const schema = { type: 'object' };
        if (type.getStringIndexType()) return { ...schema, additionalProperties: { type: 'string' } };
        if (depth === 0) return schema;
        const required = [];
        schema.properties = {};
        for (const property of type.getProperties()) {
            const declaration = property.valueDeclaration;
            schema.properties[property.name] = this.value(this.checker.getTypeOfSymbolAtLocation(property, declaration), depth - 1, property.name);
            if (!(property.flags & ts.SymbolFlags.Optional) && depth > 0) required.push(property.name);
        }
        if (required.length > 0 && !closed) schema.required = required;
        if (closed) schema.additionalProperties = false;
        return schema;
    }

    value(type, depth, name) {
        if (name === 'metadata' || name.endsWith('_metadata')) {
            return { anyOf: [{ type: 'object', additionalProperties: { type: 'string' } }, { type: 'string', enum: [''] }] };
        }
        const parts = (type.isUnion() ? type.types : [type]).filter((one) => !(one.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)));
        const words = parts.filter((one) => one.isStringLiteral()).map((one) => one.value);
        const open = parts.some((one) => one.flags & ts.TypeFlags.String || (one.isIntersection() && !one.isStringLiteral()));
        const schemas = [];
        const seen = new Set();
        for (const part of parts) {
            const schema = this.part(part, depth, name);
            const text = JSON.stringify(schema);
            if (schema === undefined || seen.has(text)) continue;
            seen.add(text);
            schemas.push(schema);
        }
        if (open) schemas.push({ type: 'string' });
        const named = words.filter((word) => word !== '');
        if (named.length > 0 && !open) schemas.push({ type: 'string', enum: named });
        if (words.includes('') && schemas.length > 0 && schemas.some((one) => one.type !== 'string')) schemas.push({ type: 'string', enum: [''] });
        else if (words.includes('') && !open) schemas.push({ type: 'string', enum: [''] });
        if (schemas.length === 0) return { type: 'string' };
        return schemas.length === 1 ? schemas[0] : { anyOf: schemas };
    }

    part(type, depth, name) {
        if (type.isStringLiteral() || type.flags & ts.TypeFlags.String || type.isIntersection()) return undefined;
        if (type.flags & ts.TypeFlags.NumberLike) return { type: fractions.has(name) ? 'number' : 'integer' };
        if (type.flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' };
        if (this.checker.isArrayType(type)) return { type: 'array', items: this.value(this.checker.getTypeArguments(type)[0], depth, '') };
        if (type.symbol?.name === 'Decimal') return undefined;
        return this.object(type, depth, false);
    }
}

const out = {};
for (const { version, entry } of sdks) {
    const reader = new Reader(entry);
    for (const [call, [names, depth]] of Object.entries(callsOf(version))) {
        const schema = reader.schemaOf(names, depth);
        if (schema === undefined) {
            console.error(`${version}: no ${names}`);
            continue;
        }
        out[call] ??= {};
        out[call][version] = { [call.startsWith('GET') ? 'query' : 'body']: schema };
    }
}
// One line for each property keeps the file readable.
const lines = Object.entries(out).map(([call, versions]) => {
    const inner = Object.entries(versions).map(([version, parts]) => {
        const [[part, schema]] = Object.entries(parts);
        const properties = Object.entries(schema.properties).map(([name, property]) => `   ${JSON.stringify(name)}:${JSON.stringify(property)}`);
        return `  ${JSON.stringify(version)}:{${JSON.stringify(part)}:{"type":"object","additionalProperties":false,"properties":{\n${properties.join(',\n')}}}}`;
    });
    return ` ${JSON.stringify(call)}:{\n${inner.join(',\n')}}`;
});
console.log(`{\n${lines.join(',\n')}\n}`);
