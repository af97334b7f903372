# Holds ruby-jwt against vectors/: it must verify every accepted token, sign the same bytes, and refuse every forged one.
#
#     apt-get install ruby-jwt && ruby test/languages/vectors.rb
require 'base64'
require 'json'
require 'jwt'
require 'openssl'

folder = File.expand_path('../../vectors', __dir__)
tokens = JSON.parse(File.read("#{folder}/tokens.json", encoding: 'UTF-8'))
verdicts = JSON.parse(File.read("#{folder}/verdicts.json", encoding: 'UTF-8'))
name, secret = tokens['key'].split(':')
problems = []

# Times are the vectors' own: not compared with today.
decode = lambda do |token|
  JWT.decode(token, secret, true, algorithm: 'HS256', verify_expiration: false, verify_not_before: false)
end

tokens['cases'].each do |test|
  claims, header = decode.call(test['token'])
  problems << "#{test['name']}: other claims" unless claims == JSON.parse(test['payload'])
  problems << "#{test['name']}: other kid" unless header['kid'] == name
  input = [test['header'], test['payload']].map { |part| Base64.urlsafe_encode64(part, padding: false) }.join('.')
  signature = Base64.urlsafe_encode64(OpenSSL::HMAC.digest('SHA256', secret, input), padding: false)
  problems << "#{test['name']}: other bytes" unless "#{input}.#{signature}" == test['token']
end

# What a JWT library decides: the form, the algorithm and the signature. Claims are Ably's.
by_signature = %w[TOKEN_MALFORMED ALG_NOT_ALLOWED SIGNATURE_INVALID]
# Ably wants more of the form than RFC 7519 does, or than this library checks.
stricter = ['no kid', 'signature with padding', 'signature with spare bits', 'a name twice in the payload',
            'an infinite exp', 'a new line at the end', 'crit', 'alg in lower case', 'payload that is an array']
verdicts['cases'].each do |test|
  accepted = begin
    decode.call(test['token'])
    true
  rescue StandardError
    false
  end
  problems << "#{test['name']}: refused" if test['accepted'] && !accepted
  if by_signature.include?(test['code']) && accepted && !stricter.include?(test['name'])
    problems << "#{test['name']}: accepted"
  end
end

total = tokens['cases'].size + verdicts['cases'].size
puts problems.empty? ? "ruby-jwt: #{total} vectors agree." : problems
exit problems.empty?
