// What a service measures, read from its operations port.
import { request } from '../../lib/http.mjs';

// The value of a series, 0 where there is none: metric(url, 'quittance_http_connections{server="edge"}').
export async function metric(url, series) {
    const { text } = await request(`${url}/metrics`);
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return line ? Number(line.slice(series.length + 1)) : 0;
}
