-- What all loads of the edge share: requests for the ids in a file, and a report as one line of JSON.
function requests_for(file, path)
    local requests = {}
    for id in io.lines(file) do
        requests[#requests + 1] = wrk.format("GET", path .. id)
    end
    math.randomseed(os.time())
    return requests
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"per_second":%.1f,"p50_ms":%.3f,"p99_ms":%.3f,"errors":%d}\n',
        summary.requests, summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000,
        latency:percentile(99) / 1000, errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
