-- GET of one invoice, at random among the ids in the file that the first argument names.
dofile(debug.getinfo(1, "S").source:match("^@(.*)get%.lua$") .. "common.lua")

local requests = {}

function init(args)
    for id in io.lines(args[1]) do
        requests[#requests + 1] = wrk.format("GET", "/admin/api/invoices/" .. id)
    end
    math.randomseed(os.time())
end

function request()
    return requests[math.random(#requests)]
end
