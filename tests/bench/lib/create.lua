-- POST of a new invoice for one of the customers in the file that the first argument names ("CUSTOMER PAYMENT_METHOD" a
-- line), collected at once. The second argument is how many milliseconds a connection rests after an answer.
dofile(debug.getinfo(1, "S").source:match("^@(.*)create%.lua$") .. "common.lua")
wrk.headers["Api-Key"] = os.getenv("ADMIN_API_KEY")
wrk.headers["Content-Type"] = "application/json"

local requests = {}
local rest_ms = 0

function init(args)
    for line in io.lines(args[1]) do
        local customer, payment_method = line:match("(%S+) (%S+)")
        requests[#requests + 1] = wrk.format("POST", "/admin/api/invoices", nil, string.format(
            '{"items":[{"name":"All resources","amount":3300}],"customer":"%s","paymentMethod":"%s"}', customer, payment_method))
    end
    rest_ms = tonumber(args[2] or "0")
end

local next_request = 0

function request()
    next_request = next_request % #requests + 1
    return requests[next_request]
end

function delay()
    return rest_ms
end
