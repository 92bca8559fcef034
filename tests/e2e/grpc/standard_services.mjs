// gRPC's standard health and reflection services, as far as the tests speak them.
import { grpc, loading, protoLoader } from './client.mjs';

const field = (type, id, more = {}) => ({ type, id, ...more });

const descriptions = {
    nested: {
        grpc: {
            nested: {
                health: {
                    nested: {
                        v1: {
                            nested: {
                                HealthCheckRequest: { fields: { service: field('string', 1) } },
                                HealthCheckResponse: { fields: { status: field('int32', 1) } },
                                Health: {
                                    methods: {
                                        Check: { requestType: 'HealthCheckRequest', responseType: 'HealthCheckResponse' },
                                        Watch: { requestType: 'HealthCheckRequest', responseType: 'HealthCheckResponse', responseStream: true },
                                    },
                                },
                            },
                        },
                    },
                },
                reflection: {
                    nested: {
                        v1alpha: {
                            nested: {
                                ServerReflectionRequest: {
                                    oneofs: { asked: { oneof: ['file_containing_symbol', 'list_services'] } },
                                    fields: { file_containing_symbol: field('string', 4), list_services: field('string', 7) },
                                },
                                FileDescriptorResponse: { fields: { file_descriptor_proto: field('bytes', 1, { rule: 'repeated' }) } },
                                ServiceResponse: { fields: { name: field('string', 1) } },
                                ListServiceResponse: { fields: { service: field('ServiceResponse', 1, { rule: 'repeated' }) } },
                                ServerReflectionResponse: {
                                    fields: {
                                        file_descriptor_response: field('FileDescriptorResponse', 4),
                                        list_services_response: field('ListServiceResponse', 6),
                                    },
                                },
                                ServerReflection: {
                                    methods: {
                                        ServerReflectionInfo: {
                                            requestType: 'ServerReflectionRequest', responseType: 'ServerReflectionResponse',
                                            requestStream: true, responseStream: true,
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
};

const standard = grpc.loadPackageDefinition(protoLoader.fromJSON(descriptions, { ...loading, keepCase: true })).grpc;
export const Health = standard.health.v1.Health;
export const serving = 1;

// The answer to one question about what a server has.
function ask(address, request) {
    const client = new standard.reflection.v1alpha.ServerReflection(address, grpc.credentials.createInsecure());
    return new Promise((resolve, reject) => {
        const stream = client.ServerReflectionInfo(new grpc.Metadata(), { deadline: Date.now() + 60_000 });
        stream.on('data', (answer) => {
            resolve(answer);
            stream.end();
        });
        stream.on('error', reject);
        stream.on('end', () => client.close());
        stream.write(request);
    });
}

export async function servicesOf(address) {
    const answer = await ask(address, { list_services: '*' });
    return answer.list_services_response.service.map(({ name }) => name);
}

function varint(number) {
    const bytes = [];
    for (; number > 127; number >>>= 7) bytes.push((number & 127) | 128);
    return Buffer.from([...bytes, number]);
}

// The package definition that a server itself gives of one of its services.
export async function definitionOf(address, service) {
    const { file_descriptor_response: files } = await ask(address, { file_containing_symbol: service });
    const set = files.file_descriptor_proto.flatMap((bytes) => [Buffer.from([0x0a]), varint(bytes.length), bytes]);
    return grpc.loadPackageDefinition(protoLoader.loadFileDescriptorSetFromBuffer(Buffer.concat(set), loading));
}
